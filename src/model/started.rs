//! Whether the program that a container starts lies in its image where it is started.
//!
//! Only a program that the image is seen to have is looked for: what is not seen may come with the base image.

use super::Project;
use super::image::Image;
use super::image::content::is_below;
use super::image::layout::{Found, Layout};
use super::link;
use super::start::{By, INITS, Start};
use super::tools::SHELLS;
use super::workload::Deployed;
use crate::source::{file_name, folder};
use crate::span::Span;

/// What comes of the start of a program.
#[derive(Debug)]
pub(crate) enum Started {
    Here {
        started: Span,
        brought: Span,
        path: String,
    },
    /// The image has a program of that name in another place.
    Elsewhere {
        started: Span,
        brought: Span,
        path: String,
        place: String,
    },
    Unclear(String),
    /// Nothing that the image is seen to bring.
    Other,
}

impl Image {
    /// What an image starts by itself.
    pub(crate) fn started(&self) -> Started {
        match &self.start {
            Start::Program { path, by: By::Exec(_), .. } if path.contains('/') && !path.starts_with('/') => {
                Started::Unclear("in which folder its script starts the program cannot be told".into())
            }
            Start::Program { path, span, .. } => started(&self.layout, path, *span),
            Start::Inherited | Start::BehindShell { .. } | Start::Unclear { .. } => Started::Other,
        }
    }
}

impl Project<'_> {
    /// What a manifest starts in the place of that; nothing where it leaves it to the image, or does not build it here.
    pub(crate) fn started_in(&self, container: &Deployed) -> Option<Started> {
        let image = self.image(link::image_of(&self.images, &self.own_images, container)?);
        let program = container.given.entrypoint.as_ref()?.first()?;
        let name = file_name(program);
        if INITS.contains(&name) || SHELLS.contains(&name) || name == "env" {
            return None;
        }
        let started = started(&image.layout, program, container.given.entrypoint_at?);
        let is_mounted = |path: &str| container.mounts.iter().any(|mount| is_below(path, mount));
        match started {
            Started::Elsewhere { path, .. } if is_mounted(&path) => {
                Some(Started::Unclear(format!("what is mounted may bring `{path}`")))
            }
            started => Some(started),
        }
    }
}

fn started(layout: &Layout, program: &str, span: Span) -> Started {
    let name = file_name(program);
    if program.contains('$') {
        return Started::Unclear(format!("what `{program}` stands for is not written here"));
    }
    let elsewhere = |path: &str| match layout.place_of(name) {
        Some((place, brought, true)) if place != path => {
            Started::Elsewhere { started: span, brought, path: path.to_owned(), place: place.to_owned() }
        }
        _ => Started::Other,
    };
    if !program.contains('/') {
        return match layout.place_of(name) {
            Some((place, brought, _)) if layout.is_on_path(folder(place)) => {
                Started::Here { started: span, brought, path: place.to_owned() }
            }
            Some(_) => match layout.program_at(&format!("/usr/local/bin/{name}")) {
                Found::Unclear(why) => Started::Unclear(why),
                _ => elsewhere(program),
            },
            None => Started::Other,
        };
    }
    match layout.absolute(program).map(|path| (layout.program_at(&path), path)) {
        Ok((Found::Here(brought), path)) => Started::Here { started: span, brought, path },
        Ok((Found::Unclear(why), _)) | Err(why) => Started::Unclear(why),
        Ok((Found::Nowhere, path)) => elsewhere(&path),
    }
}
