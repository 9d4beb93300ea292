//! The names under which workflows push images, and whether they say what was built.

use super::Pipeline;
use crate::model::Project;
use crate::span::Span;

/// What the name of an image that is pushed says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// A version, a commit, a date.
    Traceable,
    /// `latest`, or no tag, which is the same.
    Latest,
    Unclear,
}

impl Project<'_> {
    /// The images that a pipeline pushes: where, which, and what their names say. What is pushed under a second name anywhere in the
    /// repository has that name too.
    pub(crate) fn pushes<'p>(&'p self, pipeline: &'p Pipeline) -> Vec<(Span, String, Named)> {
        let all: Vec<(Span, String)> = self.pipelines.iter().flat_map(pushed).collect();
        let other = |name: &str| {
            let same = all.iter().filter(|(_, image)| split(image).0 == name);
            same.map(|(_, image)| named(image)).find(|named| *named != Named::Latest)
        };
        let known = pushed(pipeline).into_iter().map(|(span, image)| {
            let name = split(&image).0.to_owned();
            let own = match named(&image) {
                Named::Latest => other(&name).unwrap_or(Named::Latest),
                own => own,
            };
            (span, name, own)
        });
        let mut found: Vec<(Span, String, Named)> = known.collect();
        for build in pipeline.builds.iter().filter(|build| build.has_labels) {
            found.iter_mut().filter(|(span, ..)| *span == build.span).for_each(|it| it.2 = Named::Traceable);
        }
        found
    }
}

fn pushed(pipeline: &Pipeline) -> Vec<(Span, String)> {
    let builds = pipeline.builds.iter().filter(|build| build.is_pushed);
    let mut found: Vec<(Span, String)> =
        builds.flat_map(|build| build.tags.iter().map(|tag| (build.span, tag.clone()))).collect();
    let runs = pipeline.jobs.iter().flat_map(|job| &job.runs);
    for run in runs {
        let words: Vec<&str> =
            run.command.text.split_whitespace().filter(|word| !word.starts_with('-')).collect();
        let has_all = run.command.text.contains("--all-tags");
        match words[..] {
            ["docker" | "podman", "push", image] | ["docker" | "podman", "image", "push", image]
                if run.command.place.is_none() =>
            {
                found.push((run.span, if has_all { format!("{image}:$ALL") } else { image.to_owned() }));
            }
            _ => {}
        }
    }
    found
}

/// The name and the tag.
fn split(image: &str) -> (&str, Option<&str>) {
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (image, None),
    }
}

fn named(image: &str) -> Named {
    let (name, tag) = split(image);
    match tag {
        Some("latest") if !name.contains('$') => Named::Latest,
        None if !image.contains('$') && !image.contains("{{") => Named::Latest,
        None | Some("latest") if image.contains("steps.") => Named::Traceable,
        None | Some("latest") => Named::Unclear,
        Some(_) => Named::Traceable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_says_what_was_built_or_nothing() {
        for (image, expected) in [
            ("app", Named::Latest),
            ("ghcr.io/o/app:latest", Named::Latest),
            ("localhost:5000/app", Named::Latest),
            ("app:1.2.3", Named::Traceable),
            ("app:$GITHUB_SHA", Named::Traceable),
            ("app:$ALL", Named::Traceable),
            ("$IMAGE", Named::Unclear),
            ("${{ steps.meta.outputs.tags }}", Named::Traceable),
            ("${{ env.IMAGE }}:latest", Named::Unclear),
        ] {
            assert_eq!(named(image), expected, "{image}");
        }
    }
}
