//! Which root certificates the clients of a service trust: those that they bring with them, or those of the image.

use std::collections::BTreeMap;

use super::Project;
use super::dependencies::lock_of;
use super::image::Image;
use super::service::Service;
use super::workspace::Workspace;
use crate::facts::Facts;
use crate::facts::manifest::LockFacts;
use crate::knowledge::bases::{self, ClientRoots};
use crate::source::Sources;
use crate::span::Span;

/// A client, and what it trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trust {
    /// Where the client is made.
    pub(crate) span: Span,
    /// The crate with its version, such as `reqwest 0.13.1`.
    pub(crate) client: String,
    pub(crate) roots: Roots,
}

/// The root certificates that a client trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Roots {
    /// Those that a crate holds.
    Bundled(String),
    /// Those of the system, as a crate loads them.
    System {
        by: String,
        /// Whether the client cannot be made without any.
        at_once: bool,
    },
    /// It knows no TLS, or is given its certificates.
    None,
    Unknown(String),
}

impl Roots {
    /// Whether the client cannot be made without any.
    pub(crate) fn are_needed_at_once(&self) -> bool {
        matches!(self, Self::System { at_once: true, .. })
    }

    /// Why they are not known, where they are not.
    pub(crate) fn unknown(&self) -> Option<&str> {
        match self {
            Self::Unknown(why) => Some(why),
            Self::Bundled(_) | Self::System { .. } | Self::None => None,
        }
    }
}

/// What the clients of each service trust, by its id.
pub(super) fn of_services(
    sources: &Sources,
    facts: &Facts,
    workspace: &Workspace,
    services: &[Service],
) -> BTreeMap<String, Vec<Trust>> {
    let mut all = BTreeMap::new();
    for service in services {
        let lock = lock_of(sources, facts, service);
        let mut found: Vec<Trust> = Vec::new();
        for client in &service.clients {
            let name = client.path.split("::").next().unwrap_or_default().replace('_', "-");
            if !bases::is_client(&name) {
                continue;
            }
            let (version, mut roots) = match lock {
                Some(lock) => of_locked(lock, workspace, sources, &name, client.span),
                None => (None, Roots::Unknown("no `Cargo.lock` says which library it uses for TLS".into())),
            };
            if client.rooted.is_some() && matches!(roots, Roots::System { .. }) {
                roots = Roots::Unknown("the code gives its client root certificates of its own".into());
            }
            let of_one = version.map_or_else(|| name.clone(), |version| format!("{name} {version}"));
            let trust = Trust { span: client.span, client: of_one, roots };
            // One of a kind says all.
            if !found.iter().any(|known| known.client == trust.client && known.roots == trust.roots) {
                found.push(trust);
            }
        }
        all.insert(service.id.clone(), found);
    }
    all
}

fn of_locked(
    lock: &LockFacts,
    workspace: &Workspace,
    sources: &Sources,
    name: &str,
    at: Span,
) -> (Option<String>, Roots) {
    let path = sources.path(at.file);
    let holds = |folder: &str| folder.is_empty() || path.starts_with(&format!("{folder}/"));
    let package = workspace
        .packages
        .iter()
        .filter(|package| holds(&package.folder))
        .max_by_key(|package| package.folder.len());
    let numbered = |wanted: &str| -> Vec<usize> {
        let has_name = |at: &usize| lock.packages[*at].0 == wanted;
        (0..lock.packages.len()).filter(has_name).collect()
    };
    // Where there are several versions, the one that the package which makes the client depends on.
    let asked = package.into_iter().flat_map(|package| numbered(&package.name)).find_map(|at| {
        let version = |dependency: &String| {
            dependency.strip_prefix(name).and_then(|rest| rest.strip_prefix(' ')).map(str::to_owned)
        };
        lock.dependencies[at].iter().find_map(version)
    });
    let candidates: Vec<usize> = numbered(name)
        .into_iter()
        .filter(|at| asked.as_ref().is_none_or(|version| lock.packages[*at].1 == *version))
        .collect();
    let [only] = candidates.as_slice() else {
        return (None, Roots::Unknown(format!("which version of `{name}` it uses could not be told")));
    };
    let version = &lock.packages[*only].1;
    let roots = bases::client_roots(name, version)
        .map_or(Roots::None, |known| told(known, &lock.dependencies[*only], &format!("{name} {version}")));
    (Some(version.clone()), roots)
}

fn told(known: &ClientRoots, dependencies: &[String], client: &str) -> Roots {
    let names = || dependencies.iter().filter_map(|dependency| dependency.split(' ').next());
    let first = |list: &[String]| names().find(|name| list.iter().any(|own| own == name)).map(str::to_owned);
    let has = |wanted: &str| names().any(|name| name == wanted);
    match (first(&known.system), first(&known.bundled)) {
        (Some(by), Some(_)) if by == "native-tls" => Roots::Unknown(format!(
            "`{client}` is built with two libraries for TLS, and the code decides between them"
        )),
        (_, Some(by)) => Roots::Bundled(by),
        (Some(by), None) => {
            let at_once = known.at_once.as_deref().is_some_and(has) && !has("native-tls");
            Roots::System { by, at_once }
        }
        (None, None) => Roots::None,
    }
}

impl Project<'_> {
    /// What the clients of the services in an image trust.
    pub(crate) fn trusted_in(&self, image: &Image) -> Vec<&Trust> {
        self.services_on(image).filter_map(|service| self.trust.get(&service.id)).flatten().collect()
    }

    /// What gives an image root certificates that are not in it, or says that they are elsewhere.
    pub(crate) fn roots_from_outside(&self, image: &Image) -> Option<String> {
        let is_set = |name: &str| matches!(name, "SSL_CERT_FILE" | "SSL_CERT_DIR");
        if let Some(name) = image.env.keys().find(|name| is_set(name)) {
            return Some(format!("`{name}` says that root certificates are elsewhere"));
        }
        let containers = self
            .services_on(image)
            .flat_map(|service| self.workloads_of(service))
            .flat_map(|it| &it.containers);
        containers.into_iter().find_map(|container| {
            let variable = container.given.variables.iter().find(|own| is_set(&own.name));
            let mount = container.mounts.iter().find(|path| {
                ["/etc/ssl", "/etc/pki", "/usr/share/ca-certificates"]
                    .iter()
                    .any(|place| path.starts_with(place))
            });
            match (variable, mount) {
                (Some(own), _) => Some(format!("`{}` says that root certificates are elsewhere", own.name)),
                (None, Some(path)) => Some(format!("`{}` mounts `{path}`", container.name)),
                (None, None) => None,
            }
        })
    }
}
