//! Databases in the process itself: which files a service keeps open, and on which volume they lie.

use super::image::content::is_below;
use super::running::{Running, Runs, Value};
use super::value::{Text, Values};
use super::workload::{Kept, Workload};
use super::{Project, Service};
use crate::knowledge::Means;
use crate::model::calls::Site;
use crate::model::symbols::BodyId;
use crate::span::Span;

/// A database that a service opens in its own process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Store {
    /// The call that opens it.
    pub(crate) span: Span,
    /// What kind it is: `redb`, `SQLite`.
    pub(crate) name: String,
    path: Text,
    /// The beginning of URLs that name a file.
    scheme: Option<String>,
}

/// A database of a service in one of its containers.
pub(crate) struct Lying<'p> {
    pub(crate) service: &'p Service,
    pub(crate) store: &'p Store,
    pub(crate) place: Place<'p>,
}

/// Where the files of a database lie.
pub(crate) enum Place<'p> {
    /// On a volume that outlives the pod.
    Kept(String, &'p Kept),
    /// With the pod, and gone with it.
    Own,
    Unclear(String),
}

impl Store {
    /// The databases that a service opens itself.
    pub(super) fn all(values: &Values<'_, '_>) -> Vec<Self> {
        let symbols = values.code.symbols;
        let opened = |(body, site): &(BodyId, Site)| {
            let item = symbols.means(site.node, Means::EmbeddedStore)?;
            let args = symbols.rust_of(*body).exprs.args(site.at);
            let path = values.text(*body, *args.get(item.arg.unwrap_or(0))?);
            Some(Self {
                span: symbols.span(*body, site.at),
                name: item
                    .framework
                    .clone()
                    .unwrap_or_else(|| symbols.knowledge.crate_of(site.node).to_owned()),
                path,
                scheme: item.scheme.clone(),
            })
        };
        let mut found: Vec<Self> =
            values.reach.sites.iter().filter(|(_, site)| site.called).filter_map(opened).collect();
        found.sort_by_key(|store| store.span);
        found.dedup_by_key(|store| store.span);
        found
    }

    /// The path of its files in a container; `None` where it has none there, or is another database.
    fn path(&self, running: &Running<'_>) -> Option<Result<String, String>> {
        let (text, doubt) = match running.value(&self.path) {
            Value::Is(text) => (text, None),
            Value::Perhaps(text, why) => (text, Some(why)),
            Value::Unclear(_) if self.scheme.is_some() => return None,
            Value::Unclear(why) => return Some(Err(why)),
        };
        let path = match &self.scheme {
            Some(scheme) => text.strip_prefix(scheme.as_str())?.trim_start_matches("//"),
            None => text.strip_prefix("file:").unwrap_or(&text),
        };
        let path = path.split('?').next().unwrap_or_default();
        if path.is_empty() || path.contains(":memory:") {
            return None;
        }
        Some(doubt.map_or_else(|| Ok(path.to_owned()), Err))
    }
}

impl<'p> Project<'p> {
    /// The databases that the services of a workload keep in their own processes, and where.
    pub(crate) fn stores_in(&'p self, workload: &'p Workload) -> Vec<Lying<'p>> {
        let mut found = Vec::new();
        for container in workload.lasting() {
            let Runs::Service(running) = self.runs(workload, container) else { continue };
            for store in &running.service.stores {
                let Some(path) = store.path(&running) else { continue };
                let path = path.and_then(|path| running.absolute(&path));
                let kept = |path: &str| container.kept.iter().find(|kept| is_below(path, &kept.path));
                let place = match path {
                    _ if container.kept.is_empty() => Place::Own,
                    Ok(path) => match kept(&path) {
                        Some(volume) => Place::Kept(path, volume),
                        None => Place::Own,
                    },
                    Err(why) => Place::Unclear(why),
                };
                found.push(Lying { service: running.service, store, place });
            }
        }
        found
    }
}
