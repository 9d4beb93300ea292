//! The variables with which Kubernetes tells each pod the addresses of the services of its namespace
//! (<https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables>).

use super::{Instance, Setting};
use crate::facts::kubernetes::ServiceSpec;
use crate::model::cluster::Object;
use crate::model::workload::Platform;
use crate::source::folder;
use crate::span::Span;

impl<'p> Instance<'p> {
    /// The service whose address stands in a variable here, instead of what is meant, and why that is not certain. What a
    /// manifest sets by itself holds; what the image sets does not.
    pub(crate) fn linked(&self, variable: &str) -> Option<(&'p Object<ServiceSpec>, Option<String>)> {
        let (workload, container) = self.deployed.filter(|(own, _)| own.platform == Platform::Kubernetes)?;
        if container.given.is_unlinked {
            return None;
        }
        let doubt = match self.given(workload, container, variable) {
            Setting::Set { .. } => return None,
            Setting::Unknown(why) => Some(why),
            Setting::Unset => None,
        };
        // Without a namespace, what stands in one folder is taken to be applied together.
        let here = |span: Span| folder(self.project.sources.path(span.file));
        let is_beside = |it: &&Object<ServiceSpec>| {
            it.namespace == workload.namespace
                && it.is_applied_with(workload)
                && (it.namespace.is_some()
                    || it.built_by.is_some() && it.built_by == workload.built_by
                    || here(it.span) == here(workload.span))
        };
        let mut services = self.project.cluster.services.iter().filter(is_beside);
        let services = services.find(|it| has_address(&it.spec) && is_address_of(&it.name, variable));
        Some((services?, doubt))
    }
}

/// Whether every pod has the variable: the address of the API server.
pub(super) fn is_set_for_all(variable: &str) -> bool {
    variable.starts_with("KUBERNETES_SERVICE_") || variable.starts_with("KUBERNETES_PORT")
}

/// `API_SERVICE_HOST`, `API_SERVICE_PORT_HTTP`: who reads these means the service `api`.
pub(super) fn names_a_service(variable: &str) -> bool {
    variable.ends_with("_SERVICE_HOST") || variable.contains("_SERVICE_PORT")
}

/// Headless services and names of other hosts have none.
fn has_address(service: &ServiceSpec) -> bool {
    let is_named = service.kind.as_ref().is_some_and(|kind| kind.value == "ExternalName");
    let is_headless = service.cluster_ip.as_ref().is_some_and(|address| address.value == "None");
    !is_named && !is_headless
}

/// `API_PORT` and `API_PORT_8080_TCP` of the service `api`: `tcp://10.0.0.11:8080`. Who reads `API_SERVICE_HOST` means it.
fn is_address_of(service: &str, variable: &str) -> bool {
    let prefix = service.to_ascii_uppercase().replace('-', "_") + "_PORT";
    match variable.strip_prefix(&prefix) {
        Some("") => true,
        Some(rest) => rest.strip_prefix('_').is_some_and(|rest| {
            rest.contains("_TCP") && rest.starts_with(|first: char| first.is_ascii_digit())
        }),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_address_of, is_set_for_all, names_a_service};

    #[test]
    fn the_address_of_the_api_server_is_always_set() {
        assert!(is_set_for_all("KUBERNETES_SERVICE_HOST") && is_set_for_all("KUBERNETES_PORT_443_TCP"));
        assert!(!is_set_for_all("KUBERNETES_NAMESPACE"));
        assert!(names_a_service("API_SERVICE_HOST") && names_a_service("API_SERVICE_PORT_HTTP"));
        assert!(!names_a_service("API_SERVICE_URL"));
    }

    #[test]
    fn names_are_made_as_the_kubelet_makes_them() {
        for (service, variable, is_it) in [
            ("api", "API_PORT", true),
            ("user-db", "USER_DB_PORT", true),
            ("api", "API_PORT_80_TCP_ADDR", true),
            ("api", "API_PORT_HTTP", false),
            ("api", "API_SERVICE_PORT", false),
            ("api", "API_HOST", false),
            ("api", "MY_API_PORT", false),
        ] {
            assert_eq!(is_address_of(service, variable), is_it, "{service} {variable}");
        }
    }
}
