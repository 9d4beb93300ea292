//! Files of the repository that a program reads while it runs, and whether its image has them.
//!
//! A path counts where it is written in the code, is relative, and names something that is in the tree: what is not
//! there is made by the program itself, or comes from whoever runs it.

use super::image::Image;
use super::image::content::is_below;
use super::image::layout::Found;
use super::start::{By, Start};
use super::value::Values;
use super::{Project, Service};
use crate::knowledge::Means;
use crate::model::calls::Site;
use crate::model::symbols::BodyId;
use crate::source::{ancestors, folder, join};
use crate::span::Span;

/// A file or folder that the code names and reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Asset {
    /// The call that reads it.
    pub(crate) span: Span,
    /// Relative to the working directory, without `./`.
    pub(crate) path: String,
}

/// An asset in an image.
#[derive(Debug)]
pub(crate) struct Held<'s> {
    pub(crate) asset: &'s Asset,
    /// Where the program looks for it.
    pub(crate) place: String,
    pub(crate) found: Found,
}

impl Asset {
    /// The files that a service reads by a path that is written in its code.
    pub(super) fn all(values: &Values<'_, '_>) -> Vec<Self> {
        let symbols = values.code.symbols;
        let sites = values.reach.sites.iter().filter(|(_, site)| site.called);
        let named = |(body, site): &(BodyId, Site)| -> Option<Self> {
            let item = symbols.means(site.node, Means::Asset)?;
            let args = symbols.rust_of(*body).exprs.args(site.at);
            let path = values.text(*body, *args.get(item.arg.unwrap_or(0))?).literal()?;
            Some(Self { span: symbols.span(*body, site.at), path: relative(&path)? })
        };
        let mut found: Vec<Self> = sites.filter_map(named).collect();
        found.sort();
        found.dedup_by(|a, b| a.path == b.path);
        found
    }
}

/// A path that begins in the working directory, as far as it is no pattern.
fn relative(path: &str) -> Option<String> {
    let plain: Vec<&str> = path
        .split('/')
        .take_while(|part| !part.contains(['*', '?', '[']))
        .filter(|part| *part != ".")
        .collect();
    let path = plain.join("/");
    let is_usual = !path.is_empty() && !path.starts_with('/') && !path.contains(['\\', '{', '~', ':']);
    (is_usual && !path.split('/').any(|part| part == "..")).then(|| path.trim_end_matches('/').to_owned())
}

impl Project<'_> {
    /// The assets of a service that are in the tree, and whether an image has them.
    pub(crate) fn assets_in<'s>(&self, service: &'s Service, image: &Image) -> Vec<Held<'s>> {
        let of = |asset: &'s Asset| {
            if !self.is_in_tree(service, image, asset) {
                return None;
            }
            let (place, found) = match (&image.start, image.layout.absolute(&asset.path)) {
                (Start::Program { by: By::Itself | By::Init(_), .. }, Ok(place)) => {
                    let found = self.found_there(service, image, &place);
                    (place, found)
                }
                (_, Err(why)) => (asset.path.clone(), Found::Unclear(why)),
                (_, Ok(place)) => {
                    (place, Found::Unclear("in which folder the program starts cannot be told".into()))
                }
            };
            Some(Held { asset, place, found })
        };
        service.assets.iter().filter_map(of).collect()
    }

    fn found_there(&self, service: &Service, image: &Image, place: &str) -> Found {
        let mut mounts = self.workloads_of(service).flat_map(|it| &it.containers).flat_map(|it| &it.mounts);
        match image.layout.at(place) {
            Found::Nowhere if mounts.any(|mount| is_below(place, mount) || is_below(mount, place)) => {
                Found::Unclear(format!("`{place}` may be mounted"))
            }
            found => found,
        }
    }

    /// Whether it is in the folder of the package, of the Dockerfile, or one above the code.
    fn is_in_tree(&self, service: &Service, image: &Image, asset: &Asset) -> bool {
        let own = folder(self.sources.path(asset.span.file));
        let folders = [service.folder.as_str(), image.folder.as_str()].into_iter().chain(ancestors(own));
        let mut paths = folders.filter_map(|at| join(at, &asset.path));
        paths.any(|path| {
            self.sources.find(&path).is_some() || self.sources.below(&format!("{path}/")).next().is_some()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn a_path_counts_as_far_as_it_is_written_and_relative() {
        for (path, expected) in [
            ("static", Some("static")),
            ("./static/", Some("static")),
            ("templates/**/*.html", Some("templates")),
            ("config/default", Some("config/default")),
            ("*.html", None),
            ("/etc/app", None),
            ("../static", None),
            ("C:\\app", None),
            (".", None),
            ("", None),
        ] {
            assert_eq!(relative(path).as_deref(), expected, "{path}");
        }
    }
}
