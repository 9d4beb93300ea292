//! Whether a proxy of a mesh stands before a workload.

use super::Workload;

/// Keys of annotations and labels with which meshes are told to put a proxy into a pod, and what refuses one.
const INJECTED: &[(&str, &[&str])] = &[
    ("consul.hashicorp.com/connect-inject", &["false"]),
    ("kuma.io/sidecar-injection", &["disabled", "false"]),
    ("linkerd.io/inject", &["disabled"]),
    ("sidecar.istio.io/inject", &["false"]),
];

impl Workload {
    /// What says that its pods have a proxy of a mesh, which stops in its own way.
    pub(crate) fn mesh(&self) -> Option<&'static str> {
        let annotations = || self.annotations.iter().map(|(key, value)| (key, &value.value));
        let said = || annotations().chain(self.labels.iter().map(|(key, value)| (key, value)));
        let is_on = |(key, off): &&(&str, &[&str])| {
            said().any(|(own, value)| own == key && !off.contains(&value.as_str()))
        };
        INJECTED.iter().find(is_on).map(|(key, _)| *key)
    }
}
