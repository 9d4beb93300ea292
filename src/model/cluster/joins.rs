//! Which workloads an object is about, and what that says of them.

use super::{Cluster, Object, PodCount, has_all};
use crate::facts::kubernetes::{Autoscaler, Budget, Resource, ServiceSpec};
use crate::model::workload::{Deployed, Platform, Workload, WorkloadId};
use crate::model::workspace::index;
use crate::model::{Project, Service};
use crate::source::{Sources, ancestors, folder};
use crate::span::{At, FileId, Span};
use std::collections::BTreeSet;

impl Cluster {
    /// Finds for each object the workloads that it is about.
    pub(in crate::model) fn join(&mut self, sources: &Sources, workloads: &[Workload]) {
        let all = All { sources, workloads };
        all.join(&mut self.services, |service, it| {
            !service.selector.is_empty() && has_all(&it.labels, &service.selector)
        });
        all.join(&mut self.budgets, |budget, it| {
            budget.selector.as_ref().is_some_and(|selector| selector.selects(&it.labels))
        });
        all.join(&mut self.autoscalers, is_target);
        all.join(&mut self.monitors, |monitor, it| {
            monitor.is_of_pods && monitor.selector.selects(&it.labels)
        });
        all.join(&mut self.policies, |pods, it| pods.selects(&it.labels));
    }
}

/// What objects may be about.
struct All<'w> {
    sources: &'w Sources,
    workloads: &'w [Workload],
}

impl All<'_> {
    fn join<T>(&self, objects: &mut [Object<T>], is: impl Fn(&T, &Workload) -> bool) {
        for object in objects {
            let all = self.workloads.iter().enumerate().filter(|(_, workload)| {
                workload.platform == Platform::Kubernetes
                    && may_meet(workload.namespace.as_ref(), object.namespace.as_ref())
                    && are_applied_together(workload.built_by, object.built_by)
                    && is(&object.spec, workload)
            });
            let mut found: Vec<(usize, &Workload)> = all.collect();
            keep_nearest(self.sources, object.span, &mut found, |(_, workload)| workload.span);
            object.about = found.into_iter().map(|(at, _)| WorkloadId(index(at))).collect();
        }
    }
}

fn is_target(scaler: &Autoscaler, workload: &Workload) -> bool {
    let is_named = scaler.target_name.as_ref().is_some_and(|name| name.value == workload.name);
    is_named && scaler.target_kind.as_ref().is_none_or(|kind| kind.value == workload.kind_name)
}

/// Whether two objects may be in one namespace.
fn may_meet(a: Option<&String>, b: Option<&String>) -> bool {
    a.zip(b).is_none_or(|(a, b)| a == b)
}

/// Whether two objects may be in one cluster: what two kustomizations make is applied to two, or in two places of it.
pub(super) fn are_applied_together(a: Option<FileId>, b: Option<FileId>) -> bool {
    a.zip(b).is_none_or(|(a, b)| a == b)
}

impl<T> Object<T> {
    /// Whether it may be applied where a workload is.
    pub(crate) fn is_applied_with(&self, workload: &Workload) -> bool {
        are_applied_together(self.built_by, workload.built_by)
    }
}

/// Keeps those of the same file, else of the same folder, else all.
fn keep_nearest<T>(sources: &Sources, from: Span, found: &mut Vec<T>, place: impl Fn(&T) -> Span) {
    let here = folder(sources.path(from.file));
    let distance = |other: &T| {
        let other = place(other).file;
        (other != from.file, folder(sources.path(other)) != here)
    };
    if let Some(least) = found.iter().map(distance).min() {
        found.retain(|other| distance(other) == least);
    }
}

/// Whether a path, or a folder that it is in, is one of these.
fn is_within(path: &str, folders: &BTreeSet<String>) -> bool {
    ancestors(path).any(|here| folders.contains(here))
}

impl Project<'_> {
    /// Whether what a manifest does not say may be said by what is not written beside it.
    pub(crate) fn is_open(&self, span: Span) -> bool {
        is_within(self.sources.path(span.file), &self.cluster.open)
    }

    /// Whether the pods that an object is about should be among those that manifests make here: it stands in one file with
    /// some, or beside some that have its name or one of the labels that it selects.
    pub(crate) fn has_pods_for<T>(&self, object: &Object<T>, labels: &[(String, At<String>)]) -> bool {
        let here = folder(self.sources.path(object.span.file));
        self.workloads.iter().any(|workload| {
            if !are_applied_together(workload.built_by, object.built_by) {
                return false;
            }
            let is_alike = workload.name == object.name
                || labels.iter().any(|label| has_all(&workload.labels, std::slice::from_ref(label)));
            workload.platform == Platform::Kubernetes
                && (workload.span.file == object.span.file
                    || is_alike && folder(self.sources.path(workload.span.file)) == here)
        })
    }

    /// Whether a service of this name may be in the namespace of an object.
    pub(crate) fn has_service<T>(&self, name: &str, of: &Object<T>) -> bool {
        self.cluster.services.iter().any(|it| {
            it.name == name
                && may_meet(it.namespace.as_ref(), of.namespace.as_ref())
                && are_applied_together(it.built_by, of.built_by)
        })
    }

    /// The objects of a name that a workload may mean, the nearest of those that fit.
    pub(crate) fn named_for<'o, T>(
        &self,
        workload: &Workload,
        name: &str,
        objects: &'o [Object<T>],
        is: impl Fn(&T) -> bool,
    ) -> Vec<&'o Object<T>> {
        let fits = |object: &&Object<T>| {
            object.name == name
                && may_meet(workload.namespace.as_ref(), object.namespace.as_ref())
                && are_applied_together(workload.built_by, object.built_by)
                && is(&object.spec)
        };
        let mut found: Vec<&Object<T>> = objects.iter().filter(fits).collect();
        keep_nearest(self.sources, workload.span, &mut found, |object| object.span);
        found
    }

    /// The workloads that an object is about.
    pub(crate) fn workloads_for<T>(&self, object: &Object<T>) -> impl Iterator<Item = &Workload> {
        object.about.iter().map(|id| self.workload(*id))
    }

    /// The objects that are about a workload, the nearest first.
    fn objects_for<'o, T>(&self, workload: &Workload, objects: &'o [Object<T>]) -> Vec<&'o Object<T>> {
        let is_about =
            |object: &&Object<T>| self.workloads_for(object).any(|own| std::ptr::eq(own, workload));
        let mut found: Vec<&Object<T>> = objects.iter().filter(is_about).collect();
        keep_nearest(self.sources, workload.span, &mut found, |object| object.span);
        found
    }

    pub(crate) fn services_of_pods(&self, workload: &Workload) -> Vec<&Object<ServiceSpec>> {
        self.objects_for(workload, &self.cluster.services)
    }

    pub(crate) fn budgets_of(&self, workload: &Workload) -> Vec<&Object<Budget>> {
        self.objects_for(workload, &self.cluster.budgets)
    }

    pub(crate) fn autoscaler_of(&self, workload: &Workload) -> Option<&Object<Autoscaler>> {
        self.objects_for(workload, &self.cluster.autoscalers).into_iter().next()
    }

    /// Autoscalers of what is not in the tree.
    pub(crate) fn autoscalers_without_target(&self) -> impl Iterator<Item = &Object<Autoscaler>> {
        self.cluster.autoscalers.iter().filter(|scaler| scaler.about.is_empty())
    }

    /// Budgets of pods that are not in the tree.
    pub(crate) fn budgets_without_pods(&self) -> impl Iterator<Item = &Object<Budget>> {
        self.cluster.budgets.iter().filter(|budget| budget.about.is_empty())
    }

    /// How many pods a workload has when nothing is asked of it.
    pub(crate) fn least_pods(&self, workload: &Workload) -> PodCount {
        if let Some(scaler) = self.autoscaler_of(workload) {
            let said = scaler.spec.min.as_ref().map_or(scaler.span, |min| scaler.home.at(min));
            return PodCount { pods: scaler.spec.least(), said: Some(said), by_autoscaler: true };
        }
        let replicas = workload.replicas.as_ref();
        PodCount {
            pods: replicas.map_or(1, |replicas| replicas.value),
            said: replicas.map(|replicas| workload.home.at(replicas)),
            by_autoscaler: false,
        }
    }

    /// How many pods a workload has at most, when no update runs.
    pub(crate) fn most_pods(&self, workload: &Workload) -> PodCount {
        let most = self.autoscaler_of(workload).and_then(|scaler| Some((scaler, scaler.spec.max.as_ref()?)));
        match most {
            Some((scaler, max)) => {
                PodCount { pods: max.value, said: Some(scaler.home.at(max)), by_autoscaler: true }
            }
            None => self.least_pods(workload),
        }
    }

    /// How many pods a budget counts when nothing is asked of them.
    pub(crate) fn pods_of(&self, budget: &Object<Budget>) -> i64 {
        self.workloads_for(budget).map(|workload| self.least_pods(workload).pods).sum()
    }

    /// Whether a container that sets no limit for a resource may be given one.
    pub(crate) fn has_default_limit(&self, workload: &Workload, resource: Resource) -> bool {
        self.defaults_of(workload).any(|defaults| defaults.limits.contains(&resource))
    }

    /// Whether a container that requests nothing of a resource may be given some.
    pub(crate) fn has_default_request(&self, workload: &Workload, resource: Resource) -> bool {
        self.defaults_of(workload).any(|defaults| defaults.requests.contains(&resource))
    }

    /// The defaults of its namespace, where that is said, or of what stands beside it.
    fn defaults_of(&self, workload: &Workload) -> impl Iterator<Item = &crate::facts::kubernetes::Defaults> {
        let here = folder(self.sources.path(workload.span.file)).to_owned();
        let (namespace, built_by) = (workload.namespace.clone(), workload.built_by);
        let all = self.cluster.defaults.iter().filter(move |object| {
            let is_beside = folder(self.sources.path(object.span.file)) == here;
            may_meet(namespace.as_ref(), object.namespace.as_ref())
                && are_applied_together(built_by, object.built_by)
                && (is_beside || namespace.is_some() && object.namespace.is_some())
        });
        all.map(|object| &object.spec)
    }

    /// Whether a workload is meant to run for users, or runs a service of the repository. Others of a compose file help
    /// who develops or tests.
    pub(crate) fn is_deployed(&self, workload: &Workload) -> bool {
        workload.is_for_production || self.services_in(workload).next().is_some()
    }

    /// The services of the repository that a workload runs.
    pub(crate) fn services_in<'s>(&'s self, workload: &Workload) -> impl Iterator<Item = &'s Service> {
        self.services.iter().filter(|service| self.workloads_of(service).any(|own| own.id == workload.id))
    }

    /// Whether others send requests to a workload: what its own services are decides, else the ports that it declares and
    /// the services that lead to it. What has neither is asked by nobody where services stand beside it and lead to others;
    /// without any, it is taken for one that is.
    pub(crate) fn is_asked(&self, workload: &Workload) -> bool {
        let mut own = self.services_in(workload).peekable();
        if own.peek().is_some() {
            return own.any(|service| service.kind.is_reached());
        }
        if workload.lasting().all(Deployed::is_idle) {
            return false;
        }
        let declares = workload.lasting().any(|container| !container.ports.is_empty());
        if declares || !self.services_of_pods(workload).is_empty() {
            return true;
        }
        let here = folder(self.sources.path(workload.span.file));
        let is_beside = |span: Span| folder(self.sources.path(span.file)) == here;
        !self.cluster.services.iter().any(|service| is_beside(service.span) && !service.about.is_empty())
    }
}
