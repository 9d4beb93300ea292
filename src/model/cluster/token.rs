//! Whether the pods of a workload have a token for the API of Kubernetes, and whether their code uses one
//! (<https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/>).

use crate::model::workload::Platform;
use crate::model::{Project, Workload};
use crate::span::Span;

pub(crate) enum Token {
    /// Where it is said that there is none.
    Absent(Span),
    /// Something has a use for it.
    Needed(&'static str),
    Unclear(String),
    Unused,
}

/// Crates that ask the API of Kubernetes, or that log in elsewhere with its token.
fn asks_kubernetes(name: &str) -> bool {
    name.starts_with("kube-")
        || name.starts_with("k8s-")
        || matches!(name, "kube" | "kubert" | "kubernetes" | "vaultrs" | "vaultrs-login")
}

impl Project<'_> {
    pub(crate) fn token_of(&self, workload: &Workload) -> Token {
        if workload.platform == Platform::Compose {
            return Token::Needed("compose gives no tokens");
        }
        let services: Vec<_> = self.services_in(workload).collect();
        if services.is_empty() {
            return Token::Needed("it runs no service of this repository");
        }
        if let Some(mounts) = &workload.mounts_token {
            let place = workload.home.at(mounts);
            return if mounts.value { Token::Needed("it is asked for") } else { Token::Absent(place) };
        }
        let name = workload.account.as_ref().map_or("default", |account| account.value.as_str());
        let accounts = self.named_for(workload, name, &self.cluster.accounts, |_| true);
        let said = accounts.iter().find_map(|account| Some((account, account.spec.as_ref()?)));
        match said {
            Some((account, mounts)) if !mounts.value => return Token::Absent(account.home.at(mounts)),
            None if accounts.is_empty() && workload.account.is_some() => {
                return Token::Unclear(format!("the service account `{name}` is not in the tree"));
            }
            _ => {}
        }
        if let Some(why) = workload.completed_by() {
            return Token::Unclear(why);
        }
        if !self.bindings_of(workload).is_empty() {
            return Token::Needed("its service account is given rights");
        }
        if workload.annotations.iter().any(|(key, _)| key.starts_with("vault.hashicorp.com/")) {
            return Token::Needed("the agent of Vault logs in with it");
        }
        if workload.lasting().count() > self.instances_in(workload).len() {
            return Token::Unclear("another container of its pods may use it".into());
        }
        let uses: Vec<_> =
            services.iter().map(|service| self.is_built_with(service, asks_kubernetes)).collect();
        if uses.contains(&Some(true)) {
            return Token::Needed("its code asks the API of Kubernetes");
        }
        if uses.contains(&None) {
            return Token::Unclear("no `Cargo.lock` says what its code is built with".into());
        }
        Token::Unused
    }
}
