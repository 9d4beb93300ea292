//! What an `Ingress` says of TLS, in the words of its controller.

use super::Entrance;

/// Annotations with which a controller is told of certificates, or that what stands before it has them. A key that ends
/// with `/` is a prefix.
const SECURED: &[&str] = &[
    "acme.cert-manager.io/",
    "alb.ingress.kubernetes.io/certificate-arn",
    "alb.ingress.kubernetes.io/ssl-redirect",
    "appgw.ingress.kubernetes.io/appgw-ssl-certificate",
    "appgw.ingress.kubernetes.io/ssl-redirect",
    "cert-manager.io/",
    "certmanager.k8s.io/",
    "ingress.gcp.kubernetes.io/pre-shared-cert",
    "ingress.kubernetes.io/force-ssl-redirect",
    "kubernetes.io/tls-acme",
    "networking.gke.io/managed-certificates",
    "nginx.ingress.kubernetes.io/force-ssl-redirect",
    "service.beta.kubernetes.io/aws-load-balancer-ssl-cert",
    "traefik.ingress.kubernetes.io/router.tls",
];

/// Controllers that bring certificates with them.
const SECURING: &[&str] = &["cloudflare-tunnel", "ngrok", "tailscale"];

/// Names that nobody outside of a machine or a network resolves.
const LOCAL: &[&str] =
    &["example", "home.arpa", "internal", "lan", "local", "localhost", "nip.io", "sslip.io", "test"];

impl Entrance {
    /// The annotation or the class by which requests are encrypted without a `tls` of its own.
    pub(crate) fn secured_by(&self) -> Option<&str> {
        let is_on = |value: &str| !matches!(value, "" | "false");
        let is_it = |key: &str| {
            SECURED.iter().any(|known| *known == key || known.ends_with('/') && key.starts_with(known))
        };
        let listens = |(key, value): &(String, String)| match key.as_str() {
            "alb.ingress.kubernetes.io/listen-ports" => value.contains("HTTPS"),
            "traefik.ingress.kubernetes.io/router.entrypoints" => value.contains("secure"),
            key => is_it(key) && is_on(value),
        };
        let annotation = self.annotations.iter().find(|it| listens(it)).map(|(key, _)| key.as_str());
        annotation.or_else(|| self.class().filter(|class| SECURING.contains(class)))
    }

    fn class(&self) -> Option<&str> {
        let of_annotation = || self.annotation("kubernetes.io/ingress.class");
        self.ingress.class.as_deref().or_else(of_annotation)
    }

    fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_str())
    }

    /// Whether nobody outside of the network reaches it.
    pub(crate) fn is_internal(&self) -> bool {
        let is_local = |host: &str| {
            LOCAL
                .iter()
                .any(|end| host.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
        };
        let hosts = &self.ingress.hosts;
        let class = self.class().unwrap_or_default();
        self.annotation("alb.ingress.kubernetes.io/scheme") == Some("internal")
            || class.contains("internal")
            || class.contains("private")
            || !hosts.is_empty() && hosts.iter().all(|host| is_local(&host.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::kubernetes::Ingress;
    use crate::span::{At, Range};

    fn entrance(annotation: (&str, &str), class: Option<&str>, hosts: &[&str]) -> Entrance {
        let host = |host: &&str| At::new((*host).to_owned(), Range::default());
        Entrance {
            ingress: Ingress {
                backends: Vec::new(),
                hosts: hosts.iter().map(host).collect(),
                tls: None,
                class: class.map(str::to_owned),
            },
            annotations: vec![(annotation.0.to_owned(), annotation.1.to_owned())],
            has_optional_tls: false,
        }
    }

    #[test]
    fn what_encrypts_without_a_tls() {
        for (annotation, class, is) in [
            (("cert-manager.io/cluster-issuer", "letsencrypt"), None, true),
            (("alb.ingress.kubernetes.io/listen-ports", "[{\"HTTP\": 80}]"), None, false),
            (("kubernetes.io/tls-acme", "false"), None, false),
            (("kubernetes.io/ingress.class", "tailscale"), None, true),
            (("a", "b"), Some("nginx"), false),
        ] {
            assert_eq!(entrance(annotation, class, &[]).secured_by().is_some(), is, "{annotation:?}");
        }
    }

    #[test]
    fn names_of_a_machine_or_a_network_are_internal() {
        for (hosts, is) in [
            (&["app.localhost"][..], true),
            (&["localhost", "a.10.0.0.1.nip.io"], true),
            (&["app.local", "shop.example.com"], false),
            (&["mylocal"], false),
            (&[], false),
        ] {
            assert_eq!(entrance(("a", "b"), None, hosts).is_internal(), is, "{hosts:?}");
        }
    }
}
