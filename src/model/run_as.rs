//! Who a container runs as: what its image says, what the image that it is built on says, and what a manifest says.

use super::Project;
use super::image::Image;
use super::own::OwnImages;
use super::workload::{Deployed, Platform, RunAs, Workload};
use crate::facts::dockerfile::Base;
use crate::knowledge::images::{ImageUser, user_of};
use crate::model::start::Start;
use crate::span::Span;
use crate::syntax::image_ref::ImageRef;

/// Who a container runs as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Runs {
    NonRoot {
        span: Span,
        why: String,
    },
    Root {
        span: Span,
        why: String,
        /// The place in its image that says so as well, or leaves it so.
        image: Option<Span>,
    },
    /// It is judged where it is built.
    BuiltHere,
    Unclear(String),
}

/// Images that are built on one another in a circle are not followed for ever.
const MAX_DEPTH: usize = 8;

/// Who an image runs as.
pub(crate) fn of_image(images: &[Image], own: &OwnImages, image: &Image) -> Runs {
    of_image_at(images, own, image, 0)
}

fn of_image_at(images: &[Image], own: &OwnImages, image: &Image, depth: usize) -> Runs {
    let from = image.from;
    if let Some(user) = &image.user {
        let span = user.span;
        return match user.is_root() {
            Some(false) => Runs::NonRoot { span, why: "the container runs as this user".into() },
            Some(true) if drops_root(image) => {
                Runs::Unclear("it starts as root and drops it by itself".into())
            }
            Some(true) => Runs::Root { span, why: "the container runs as root".into(), image: None },
            None => Runs::Unclear("the user is a variable without a value".into()),
        };
    }
    let base = match &image.base {
        Base::Image(base) => base,
        Base::Unresolved(what) => {
            return Runs::Unclear(format!("the base image `{what}` is not written here"));
        }
        Base::Scratch | Base::Stage(_) => return unset(from),
    };
    if own.has(base) {
        let built = own.find(base).map(|id| &images[id.0 as usize]);
        return match built
            .filter(|_| depth < MAX_DEPTH)
            .map(|built| of_image_at(images, own, built, depth + 1))
        {
            Some(Runs::NonRoot { .. }) => Runs::NonRoot {
                span: from,
                why: format!("`{base}`, which is built here, runs as another user than root"),
            },
            Some(Runs::Root { .. }) => unset(from),
            Some(Runs::Unclear(why)) => Runs::Unclear(why),
            Some(Runs::BuiltHere) | None => Runs::Unclear(format!(
                "where the base image `{base}` is built in this repository could not be found"
            )),
        };
    }
    match user_of(base) {
        Some(ImageUser::NonRoot) => {
            Runs::NonRoot { span: from, why: "the base image runs as a user that is not root".into() }
        }
        // An entrypoint of its own takes the place of the one that drops it.
        Some(ImageUser::Drops) if image.entrypoint.is_none() => Runs::Unclear(gives_up(base)),
        Some(ImageUser::Root | ImageUser::Drops) => unset(from),
        None => Runs::Unclear(format!("the user of the base image `{base}` is not known")),
    }
}

fn unset(from: Span) -> Runs {
    let why = "the container runs as root: no stage of it sets a user".into();
    Runs::Root { span: from, why, image: None }
}

fn gives_up(image: &ImageRef) -> String {
    format!("the entrypoint of `{image}` starts as root and gives it up by itself")
}

/// Entrypoints that are given root so that they can give it up.
fn drops_root(image: &Image) -> bool {
    image.entrypoint.is_some() && matches!(image.start, Start::Unclear { .. })
}

impl Project<'_> {
    /// Who a container of a workload runs as. Where a manifest of Kubernetes says nothing, it is what the image says that
    /// is built here for the service in it; a compose file builds what it runs, so that is judged at the image.
    pub(crate) fn user_in(&self, workload: &Workload, container: &Deployed) -> Runs {
        let said = of_container(&self.own_images, workload.span, container);
        let is_silent = container.user == RunAs::Silent && matches!(said, Runs::BuiltHere | Runs::Unclear(_));
        if !is_silent || workload.platform != Platform::Kubernetes {
            return said;
        }
        let mut instances = self.instances_in(workload).into_iter();
        let image = instances.find(|it| it.span() == Some(container.span)).and_then(|it| it.image);
        match image.map(|image| self.user_of(image)) {
            Some(Runs::Root { span, .. }) => Runs::Root {
                span: container.span,
                why: format!(
                    "`{}` runs as root: neither the manifest nor its image sets a user",
                    container.name
                ),
                image: Some(span),
            },
            Some(runs) => runs,
            None => said,
        }
    }
}

/// What a manifest says of who a container runs as, or the image of others that it names. `place` is where the workload
/// stands.
fn of_container(own: &OwnImages, place: Span, container: &Deployed) -> Runs {
    let name = &container.name;
    match container.user {
        RunAs::NonRoot(span) => {
            return Runs::NonRoot { span, why: "the container runs as this user".into() };
        }
        RunAs::Mapped(span) => {
            let why = "root in the container is an ordinary user of its node".into();
            return Runs::NonRoot { span, why };
        }
        RunAs::Root(span) => {
            return Runs::Root { span, why: format!("`{name}` is made to run as root"), image: None };
        }
        RunAs::Unclear(_) => {
            return Runs::Unclear(format!("the user of `{name}` is a variable without a value"));
        }
        RunAs::Silent => {}
    }
    if container.build.is_some() {
        return Runs::BuiltHere;
    }
    let parsed = container.image.as_ref().and_then(|written| {
        Some((Span::new(place.file, written.range), ImageRef::parse(written.value.as_ref().ok()?)?))
    });
    let silent =
        || Runs::Unclear(format!("the manifest says nothing of the user of `{name}`; its image decides"));
    let Some((span, image)) = parsed else { return silent() };
    if own.has(&image) {
        return Runs::BuiltHere;
    }
    match user_of(&image) {
        Some(ImageUser::NonRoot) => {
            Runs::NonRoot { span, why: format!("`{image}` runs as a user that is not root") }
        }
        Some(ImageUser::Root) => Runs::Root {
            span,
            why: format!("`{name}` runs as root: `{image}` sets no user, and nothing here does"),
            image: None,
        },
        Some(ImageUser::Drops) => Runs::Unclear(gives_up(&image)),
        None => silent(),
    }
}
