//! What a configuration gives a service: variables that are named after the fields that they fill, and files that its image
//! holds.

use super::image::Image;
use super::image::layout::Found;
use super::instance::{Instance, Setting};
use super::value::{Text, Values};
use super::workload::Deployed;
use crate::facts::rust::ExprId;
use crate::knowledge::{Item, Means};
use crate::model::calls::Site;
use crate::model::chain::Chains;
use crate::model::symbols::BodyId;
use crate::source::{Kind, SourceFile, file_name, folder};
use crate::span::{At, FileId};
use crate::syntax::{toml, yaml};

/// How the variables are named that fill a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Naming {
    /// With what stands behind it.
    prefix: String,
    /// What stands between the names of fields, where there may be several.
    separator: Option<String>,
}

impl Naming {
    /// How a source of variables names them; nothing where the code does not say it.
    pub(super) fn of(values: &Values<'_, '_>, body: BodyId, at: ExprId, item: &Item) -> Option<Self> {
        let links = Chains { code: values.code, reach: values.reach }.after(body, at);
        let said = |names: &[String]| -> Option<Option<String>> {
            let Some(link) = links.iter().find(|link| names.iter().any(|name| name == link.name)) else {
                return Some(None);
            };
            values.text(link.body, *link.args.first()?).literal().map(Some)
        };
        let separator = said(&item.separated_by)?;
        let Some(arg) = item.arg else {
            // `Environment::default().prefix("APP")` is told its prefix later.
            let is_told = links.iter().any(|link| link.name == "prefix");
            return (!is_told).then_some(Self { prefix: String::new(), separator });
        };
        let args = values.code.symbols.rust_of(body).exprs.args(at);
        let mut prefix = values.text(body, *args.get(arg)?).literal()?;
        if !item.joined_by.is_empty() {
            let behind = said(&item.joined_by)?.or_else(|| separator.clone());
            prefix.push_str(behind.as_deref().unwrap_or("_"));
        }
        Some(Self { prefix, separator })
    }

    /// The variable that fills a field.
    fn name(&self, keys: &[String]) -> Option<String> {
        let name = match (&self.separator, keys) {
            (_, [only]) => only.clone(),
            (Some(separator), keys) => keys.join(separator),
            (None, _) => return None,
        };
        Some(format!("{}{name}", self.prefix).to_ascii_uppercase())
    }
}

/// A file that a service may take settings from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    path: Text,
    /// Whether the program holds it, wherever it runs.
    is_included: bool,
}

impl Source {
    /// The files that a service reads, or holds.
    pub(super) fn all(values: &Values<'_, '_>) -> Vec<Self> {
        let symbols = values.code.symbols;
        let of = |(body, site): &(BodyId, Site)| {
            let read = symbols.means(site.node, Means::ConfigFile);
            let is_included = symbols.means(site.node, Means::Included).is_some();
            let arg = read.map(|item| item.arg.unwrap_or(0)).or_else(|| is_included.then_some(0))?;
            let path = values.text(*body, *symbols.rust_of(*body).exprs.args(site.at).get(arg)?);
            (path != Text::unknown()).then_some(Self { path, is_included })
        };
        let mut found: Vec<Self> = Vec::new();
        for source in values.reach.sites.iter().filter_map(of) {
            if !found.contains(&source) {
                found.push(source);
            }
        }
        found
    }
}

impl Instance<'_> {
    /// What it has for a value of its configuration; `None` where nothing that is here says it.
    pub(crate) fn setting(&self, keys: &[String]) -> Option<Setting> {
        if keys.is_empty() {
            return None;
        }
        let names = self.service.environment.namings.iter().filter_map(|naming| naming.name(keys));
        let said: Vec<Setting> = names.map(|name| self.variable(&name)).collect();
        let is = |wanted: fn(&Setting) -> bool| said.iter().find(|setting| wanted(setting)).cloned();
        is(|it| matches!(it, Setting::Set { .. }))
            .or_else(|| is(|it| matches!(it, Setting::Unknown(_))))
            .or_else(|| self.in_file(keys))
    }

    /// What the one file says that it reads and that has such a value, or else the one that it holds.
    fn in_file(&self, keys: &[String]) -> Option<Setting> {
        self.said(keys, false).or_else(|| self.said(keys, true))
    }

    fn said(&self, keys: &[String], is_included: bool) -> Option<Setting> {
        let files = self.sources().iter().filter(|(_, file)| file.kind == Kind::Config);
        let mut found = files.filter_map(|(id, file)| {
            let place = if is_included { Some(file.path.to_string()) } else { self.place_of(file) }?;
            let is_it = |source: &Source| source.is_included == is_included && self.is_named(source, &place);
            if !self.service.configuration.iter().any(is_it) {
                return None;
            }
            Some((id, value_in(file, keys)?))
        });
        let (id, value): (FileId, At<String>) = found.next()?;
        found.next().is_none().then(|| Setting::Set { span: value.span(id), value: Some(value.value) })
    }

    /// Whether the code means a file by the name that it has there, or by that without what says its format.
    fn is_named(&self, source: &Source, path: &str) -> bool {
        let provided = |name: &str| self.variable(name).value().map(str::to_owned);
        let Some(meant) = source.path.by_default().with_env(&provided) else { return false };
        let (meant, name) = (file_name(&meant), file_name(path));
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        meant == name || meant == stem
    }

    /// Where its image has a file of the tree, unless something is mounted over it.
    fn place_of(&self, file: &SourceFile) -> Option<String> {
        let place = self.place_in(self.image?, file)?;
        let is_over = |container: &Deployed| {
            container.mounts.iter().any(|mount| super::image::content::is_below(&place, mount))
        };
        let is_hidden = self.deployed.is_some_and(|(_, container)| is_over(container));
        (!is_hidden).then_some(place)
    }

    /// Where an image has a file of the tree.
    fn place_in(&self, image: &Image, file: &SourceFile) -> Option<String> {
        if let Some(place) = image.layout.place_of_file(&file.path) {
            return Some(place.to_owned());
        }
        // Below a folder that is copied: under the path that it has in the build context.
        let roots = ["", image.folder.as_str(), self.service.folder.as_str()];
        roots.into_iter().find_map(|root| {
            let inner = file.path.strip_prefix(root)?.trim_start_matches('/');
            let place = image.layout.absolute(inner).ok()?;
            let is_here = |path: &str| matches!(image.layout.at(path), Found::Here(_));
            (is_here(&place) || is_here(folder(&place))).then_some(place)
        })
    }
}

/// The value that a file has under some names.
fn value_in(file: &SourceFile, keys: &[String]) -> Option<At<String>> {
    let text = file.text.as_deref()?;
    let names: Vec<&str> = keys.iter().map(String::as_str).collect();
    let (last, tables) = names.split_last()?;
    match file.path.rsplit_once('.')?.1 {
        "toml" => {
            let document = toml::parse(text);
            let mut table = document.root();
            for name in tables {
                table = table.table(name)?;
            }
            let value = table.get(last)?;
            let number = || value.as_integer().map(|number| At::new(number.to_string(), value.range()));
            value.as_str().or_else(number)
        }
        "yaml" | "yml" | "json" => yaml::parse(text).root()?.path(&names)?.at_text(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_named_after_its_field() {
        let keys = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
        for (prefix, separator, of, expected) in [
            ("APP_", None, "port", Some("APP_PORT")),
            ("APP_", None, "server.port", None),
            ("app__", Some("__"), "server.port", Some("APP__SERVER__PORT")),
            ("APP_", Some("__"), "server.port", Some("APP_SERVER__PORT")),
            ("", Some("_"), "server.port", Some("SERVER_PORT")),
        ] {
            let naming = Naming { prefix: prefix.to_owned(), separator: separator.map(str::to_owned) };
            assert_eq!(naming.name(&keys(of)).as_deref(), expected, "{prefix} {separator:?} {of}");
        }
    }

    #[test]
    fn values_are_found_under_their_names() {
        let keys = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
        for (path, text, wanted, expected) in [
            ("a.toml", "[server]\naddress = \"127.0.0.1:80\"\n", "server.address", Some("127.0.0.1:80")),
            ("a.toml", "port = 8080\n", "port", Some("8080")),
            ("a.toml", "port = 8080\n", "server.port", None),
            ("a.yaml", "server:\n  port: 8080\n", "server.port", Some("8080")),
            ("a.json", "{\"host\": \"0.0.0.0\"}", "host", Some("0.0.0.0")),
            ("a.ini", "host = 0.0.0.0", "host", None),
        ] {
            let file =
                SourceFile { path: path.into(), kind: Kind::Config, is_link: false, text: Some(text.into()) };
            let found = value_in(&file, &keys(wanted)).map(|value| value.value);
            assert_eq!(found.as_deref(), expected, "{path} {wanted}");
        }
    }
}
