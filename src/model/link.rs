//! Which image and which workload run which service.
//!
//! A join is made where names agree, never where they merely could.

use super::image::{Image, ImageId};
use super::own::{OwnImages, built};
use super::service::{Needs, Service};
use super::start::Start;
use super::workload::{Deployed, Workload, WorkloadId};
use super::workspace::{Workspace, index};
use crate::source::file_name;
use crate::syntax::image_ref::ImageRef;

/// Fills in the images and workloads of each service.
pub(crate) fn services(
    workspace: &Workspace,
    services: &mut [Service],
    images: &[Image],
    workloads: &[Workload],
    own: &OwnImages,
) {
    let names: Vec<Names> = services.iter().map(Names::of).collect();
    for (at, image) in images.iter().enumerate() {
        if image.is_aside {
            continue;
        }
        for service in run_by(workspace, services, &names, image) {
            services[service].images.push(ImageId(index(at)));
        }
    }
    for (at, workload) in workloads.iter().enumerate() {
        if workload.is_aside {
            continue;
        }
        let running = workload.containers.iter().enumerate().filter(|(_, container)| !container.is_init);
        for (place, container) in running {
            for service in deployed_by(services, &names, images, own, container) {
                let id = WorkloadId(index(at));
                services[service].containers.push((id, place));
                if !services[service].workloads.contains(&id) {
                    services[service].workloads.push(id);
                }
            }
        }
    }
    for service in services {
        // The image that is nearest to the package comes first.
        let folder = service.folder.clone();
        service.images.sort_by_key(|id| {
            let image = &images[id.0 as usize];
            (image.folder != folder, image.id.len(), image.id.clone())
        });
    }
}

/// The services that a container may run, by its image.
pub(crate) fn of_container(
    services: &[Service],
    images: &[Image],
    own: &OwnImages,
    container: &Deployed,
) -> Vec<usize> {
    let names: Vec<Names> = services.iter().map(Names::of).collect();
    deployed_by(services, &names, images, own, container)
}

/// The services whose binary has this name.
pub(crate) fn named<'s>(services: &'s [Service], binary: &'s str) -> impl Iterator<Item = usize> + 's {
    let is_it = move |service: &Service| normal(&service.name) == normal(binary);
    services.iter().enumerate().filter(move |(_, service)| is_it(service)).map(|(at, _)| at)
}

/// The image of the tree that a container is made of.
pub(crate) fn image_of(images: &[Image], own: &OwnImages, container: &Deployed) -> Option<ImageId> {
    if let Some(build) = &container.build {
        return built(images, build);
    }
    own.find(&ImageRef::parse(container.image.as_ref()?.value.as_ref().ok()?)?)
}

/// Whether an image of the tree starts the very binary of a service.
pub(crate) fn is_started(service: &Service, needs: Needs, images: &[Image]) -> bool {
    let binary = normal(&service.name);
    images.iter().filter(|image| !image.is_aside).any(|image| {
        let program = image.start.program().map(|program| program.trim_start_matches("./"));
        program.is_some_and(|program| normal(image.origin_of(program)) == binary)
            && (needs == Needs::Start || image.start.has_arguments())
    })
}

/// Whether a service goes by a name.
pub(super) fn goes_by(service: &Service, name: &str) -> bool {
    Names::of(service).has(name)
}

/// Whether a program is the binary of a service, by the names that an image gives it.
pub(crate) fn is_binary(service: &Service, image: Option<&Image>, program: &str) -> bool {
    let program = program.trim_start_matches("./");
    let names = Names::of(service);
    let origin = image.map_or(program, |image| image.origin_of(program));
    // What is copied under a name that says nothing is what the image was found to run.
    names.has(program)
        || names.has(origin)
        || image.is_some_and(|it| it.copied.iter().any(|(to, _)| to == program))
}

/// The names that a service goes by.
struct Names {
    binary: String,
    package: String,
}

impl Names {
    fn of(service: &Service) -> Self {
        Self { binary: normal(&service.name), package: normal(&service.package) }
    }

    fn has(&self, name: &str) -> bool {
        let name = normal(name);
        name == self.binary || name == self.package
    }
}

/// `-` and `_` are written for each other.
fn normal(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

/// The services that an image runs.
fn run_by(workspace: &Workspace, services: &[Service], names: &[Names], image: &Image) -> Vec<usize> {
    let matching = |name: &str| -> Vec<usize> {
        names.iter().enumerate().filter(|(_, names)| names.has(name)).map(|(at, _)| at).collect()
    };
    let exact = |name: &str| -> Vec<usize> {
        matching(name).into_iter().filter(|at| names[*at].binary == normal(name)).collect()
    };
    if let Some(program) = image.start.program() {
        let program = program.trim_start_matches("./");
        for name in [program, image.origin_of(program)] {
            let found = exact(name);
            if !found.is_empty() {
                return nearest(services, found, image);
            }
        }
        for name in [program, image.origin_of(program)] {
            let found = matching(name);
            if !found.is_empty() {
                return nearest(services, found, image);
            }
        }
        // It starts another binary of the tree, which is no service.
        if workspace.crates().any(|(_, krate)| normal(&krate.name) == normal(program)) {
            return Vec::new();
        }
    }
    // Copied under another name, or started by something that cannot be followed.
    let copied: Vec<usize> = image
        .copied
        .iter()
        .flat_map(|(there, origin)| [there, origin])
        .flat_map(|name| exact(name))
        .collect();
    if !copied.is_empty() {
        return nearest(services, copied, image);
    }
    if !image.builds_rust {
        return Vec::new();
    }
    let named: Vec<usize> = image.cargo_names.iter().flat_map(|name| matching(name)).collect();
    if !named.is_empty() {
        return nearest(services, named, image);
    }
    let beside: Vec<usize> = (0..services.len()).filter(|at| services[*at].folder == image.folder).collect();
    match (beside.as_slice(), services.len()) {
        ([only], _) => vec![*only],
        (_, 1)
            if image.start != Start::Inherited && !is_of_another_package(workspace, &services[0], image) =>
        {
            vec![0]
        }
        _ => Vec::new(),
    }
}

/// Whether the Dockerfile stands in a package that is not the service's.
fn is_of_another_package(workspace: &Workspace, service: &Service, image: &Image) -> bool {
    let holds = |folder: &str| image.folder == folder || image.folder.starts_with(&format!("{folder}/"));
    let nearest = workspace
        .packages
        .iter()
        .filter(|package| !package.folder.is_empty() && holds(&package.folder))
        .max_by_key(|package| package.folder.len());
    nearest.is_some_and(|package| package.folder != service.folder)
}

/// Of several services of one name, those whose package is nearest to the Dockerfile.
fn nearest(services: &[Service], mut found: Vec<usize>, image: &Image) -> Vec<usize> {
    found.sort_unstable();
    found.dedup();
    let shared = |at: &usize| {
        let folder = &services[*at].folder;
        let below = image.folder.is_empty()
            || folder == &image.folder
            || folder.starts_with(&format!("{}/", image.folder));
        let above = image.folder == *folder || image.folder.starts_with(&format!("{folder}/"));
        (below || above, folder == &image.folder)
    };
    let best = found.iter().map(shared).max();
    let names: std::collections::BTreeSet<&str> =
        found.iter().map(|at| services[*at].name.as_str()).collect();
    if names.len() < found.len() {
        found.retain(|at| Some(shared(at)) == best);
    }
    found
}

/// The services that a container of a workload runs.
fn deployed_by(
    services: &[Service],
    names: &[Names],
    images: &[Image],
    own: &OwnImages,
    container: &Deployed,
) -> Vec<usize> {
    // One image may run several services; the name of the container then says which.
    let by_name = |found: Vec<usize>| -> Vec<usize> {
        found.into_iter().filter(|at| names[*at].has(&container.name)).collect()
    };
    let of_image = |id: ImageId| -> Vec<usize> {
        let found: Vec<usize> = (0..services.len()).filter(|at| services[*at].images.contains(&id)).collect();
        let named = if found.len() > 1 { by_name(found.clone()) } else { Vec::new() };
        if named.is_empty() { found } else { named }
    };
    if let Some(build) = &container.build {
        return built(images, build).map(of_image).unwrap_or_default();
    }
    let image = container
        .image
        .as_ref()
        .and_then(|image| image.value.as_ref().ok())
        .and_then(|text| ImageRef::parse(text));
    let Some(image) = image else { return Vec::new() };
    if let Some(id) = own.find(&image) {
        return of_image(id);
    }
    let by_image: Vec<usize> = (0..services.len()).filter(|at| names[*at].has(image.name())).collect();
    if by_image.is_empty() {
        return by_program(names, images, container);
    }
    if by_image.len() <= 1 { by_image } else { by_name(by_image) }
}

/// The service whose binary the manifest starts by its path, where an image of the tree holds that binary: what it is
/// published as may be another name.
fn by_program(names: &[Names], images: &[Image], container: &Deployed) -> Vec<usize> {
    let program = container.given.entrypoint.as_ref().and_then(|words| words.first());
    let Some(program) = program.filter(|program| program.contains('/')) else { return Vec::new() };
    let binary = normal(file_name(program));
    let holds = |image: &Image| !image.is_aside && image.copied.iter().any(|(to, _)| normal(to) == binary);
    if !images.iter().any(holds) {
        return Vec::new();
    }
    names.iter().enumerate().filter(|(_, names)| names.binary == binary).map(|(at, _)| at).collect()
}
