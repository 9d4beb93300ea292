//! What a repository asks of its audits: `forge.toml` at the root, or `[workspace.metadata.forge]` of the root manifest.
//!
//! Pure: read from [`Sources`], so that every tree has the configuration that stands in it. All errors are found at once,
//! each with its place. `docs/configuration.md` is the reference for its readers.

pub(crate) mod check;
pub(crate) mod json_schema;
mod read;
pub(crate) mod schema;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use jiff::civil::Date;

use crate::gate;
use crate::model::ServiceKind;
use crate::rule::Severity;
use crate::source::{Kind, Note, Place, Sources};
use crate::span::{FileId, Range, Span};
use crate::syntax::toml;

/// Where the schema of the configuration is published.
pub(crate) const SCHEMA_URL: &str =
    "https://raw.githubusercontent.com/forge-audit/forge/main/docs/forge.schema.json";

/// The rule that judges waivers. It cannot be turned off: who could would need no reason and no end.
pub(crate) const WAIVERS_RULE: &str = "waivers-valid";

/// The configuration of a tree.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The file that it was read from; `None` where all is default.
    pub(crate) path: Option<String>,
    /// As it is written, to tell whether a change has touched it.
    pub(crate) text: String,
    pub(crate) exclude: Vec<Paths>,
    pub(crate) max_waiver_days: i64,
    /// The rules that are off.
    pub(crate) off: BTreeSet<String>,
    pub(crate) severity: BTreeMap<String, Severity>,
    /// The last that matches decides.
    pub(crate) paths: Vec<PathSettings>,
    pub(crate) services: Vec<Declared>,
    pub(crate) gate: gate::Policy,
    pub(crate) waivers: Vec<ConfigWaiver>,
    /// What its reader should know.
    pub(crate) notes: Vec<Note>,
}

/// A glob as it was written. What it matches, and all below that.
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    pub(crate) text: String,
    set: GlobSet,
}

/// What holds below some paths.
#[derive(Clone, Debug)]
pub(crate) struct PathSettings {
    pub(crate) paths: Vec<Paths>,
    pub(crate) ignore: BTreeSet<String>,
    pub(crate) severity: BTreeMap<String, Severity>,
}

/// What is said of a service.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    /// Its id or its binary's name.
    pub(crate) name: String,
    pub(crate) tier: Option<String>,
    pub(crate) kind: Option<ServiceKind>,
    pub(crate) elsewhere: Vec<Elsewhere>,
}

/// What something outside of the repository does for a service.
#[derive(Clone, Debug)]
pub(crate) struct Elsewhere {
    pub(crate) what: Handled,
    pub(crate) link: String,
    pub(crate) reason: String,
    pub(crate) until: Date,
    pub(crate) span: Span,
}

/// What is handled elsewhere, by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Handled {
    Rule(String),
    Capability(String),
}

/// An entry `[[waiver]]`.
#[derive(Clone, Debug)]
pub(crate) struct ConfigWaiver {
    pub(crate) rule: String,
    pub(crate) path: Option<Paths>,
    /// A service's id or its binary's name.
    pub(crate) service: Option<String>,
    pub(crate) reason: String,
    pub(crate) until: Date,
    pub(crate) span: Span,
}

/// What is wrong at one place of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigError {
    pub(crate) range: Range,
    /// Lower case, no full stop, names in backticks.
    pub(crate) message: String,
    /// What to do; may be empty.
    pub(crate) help: String,
}

/// All that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigErrors {
    pub(crate) file: FileId,
    /// In the order of their places, never empty.
    pub(crate) errors: Vec<ConfigError>,
}

impl Config {
    /// The configuration of a tree; all is default where there is none.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub(crate) fn read(sources: &Sources) -> Result<Self, ConfigErrors> {
        let own = sources.iter().find(|(_, file)| file.kind == Kind::ForgeConfig && file.text.is_some());
        let manifest = sources.find("Cargo.toml");
        let in_manifest = manifest.filter(|file| sources.text(*file).contains("forge"));
        let Some((file, _)) = own else {
            return in_manifest.map_or_else(|| Ok(Self::default()), |file| Self::of_manifest(sources, file));
        };
        let document = toml::parse(sources.text(file));
        if !document.errors.is_empty() {
            return Err(ConfigErrors::of(
                file,
                document
                    .errors
                    .into_iter()
                    .map(|e| ConfigError::new(e.range, e.value, String::new()))
                    .collect(),
            ));
        }
        let mut config =
            read::config(document.root(), file, sources.path(file), sources.first_line(file).range)?;
        sources.text(file).clone_into(&mut config.text);
        if let Some(other) = in_manifest
            && !tables(&toml::parse(sources.text(other))).is_empty()
        {
            let message =
                format!("its configuration of forge is not read, for there is `{}`", sources.path(file));
            config.notes.push(Note::warning(Place::Span(sources.first_line(other)), message));
        }
        Ok(config)
    }

    fn of_manifest(sources: &Sources, file: FileId) -> Result<Self, ConfigErrors> {
        let document = toml::parse(sources.text(file));
        let found = tables(&document);
        let Some((name, value)) = found.first() else { return Ok(Self::default()) };
        let Some(table) = value.as_table() else {
            let message = format!("`{name}` is a table, not {}", value.type_name());
            return Err(ConfigErrors::of(
                file,
                vec![ConfigError::new(value.range(), message, String::new())],
            ));
        };
        let mut config = read::config(table, file, sources.path(file), value.range())?;
        sources.text(file)[value.range().as_usize()].clone_into(&mut config.text);
        if let Some((other, value)) = found.get(1) {
            let place = Place::Span(Span::new(file, value.range()));
            config.notes.push(Note::warning(place, format!("`{other}` is not read, for there is `{name}`")));
        }
        Ok(config)
    }

    /// What is said of a service.
    pub(crate) fn declared<'c>(&'c self, id: &'c str) -> impl Iterator<Item = &'c Declared> {
        self.services.iter().filter(move |declared| names(&declared.name, id))
    }

    /// The file that says so, as messages name it.
    pub(crate) fn place(&self) -> &str {
        self.path.as_deref().unwrap_or("forge.toml")
    }

    /// Leaves out what is excluded, and says so in a note for each glob.
    pub(crate) fn narrow(&self, sources: &mut Sources) {
        for glob in &self.exclude {
            let count = sources.leave_out(|path| glob.matches(path));
            let files = if count == 1 { "file is".to_owned() } else { "files are".to_owned() };
            let message = format!("{count} {files} not audited, because `exclude` has `{}`", glob.text);
            sources.notes.push(Note::info(Place::Path(self.place().to_owned()), message));
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            path: None,
            text: String::new(),
            exclude: Vec::new(),
            max_waiver_days: 365,
            off: BTreeSet::new(),
            severity: BTreeMap::new(),
            paths: Vec::new(),
            services: Vec::new(),
            gate: gate::Policy::default(),
            waivers: Vec::new(),
            notes: Vec::new(),
        }
    }
}

impl Paths {
    pub(crate) fn matches(&self, path: &str) -> bool {
        self.set.is_match(path)
    }
}

impl ConfigError {
    pub(crate) fn new(range: Range, message: String, help: String) -> Self {
        Self { range, message, help }
    }
}

impl ConfigErrors {
    fn of(file: FileId, mut errors: Vec<ConfigError>) -> Self {
        errors.sort_by(|a, b| (a.range, &a.message).cmp(&(b.range, &b.message)));
        Self { file, errors }
    }
}

/// Whether a name in the configuration means a service: its id, or the name of its binary.
pub(crate) fn names(name: &str, id: &str) -> bool {
    name == id || id.rsplit_once(':').is_some_and(|(_, binary)| binary == name)
}

/// The tables of a manifest that configure Forge, the one that is read first.
fn tables<'d, 't>(document: &'d toml::Document<'t>) -> Vec<(&'static str, toml::Value<'d, 't>)> {
    [("workspace.metadata.forge", "workspace"), ("package.metadata.forge", "package")]
        .into_iter()
        .filter_map(|(name, of)| Some((name, document.root().table(of)?.table("metadata")?.get("forge")?)))
        .collect()
}

/// Compiles a glob. `*` stays within a folder, `**` does not, and a folder stands for all below it.
fn glob(text: &str) -> Result<Paths, String> {
    let bare = text.trim_start_matches("./").trim_end_matches('/');
    if bare.is_empty() || text.starts_with('/') {
        return Err("paths are relative to the root of the repository".to_owned());
    }
    let build = |pattern: &str| {
        let built = GlobBuilder::new(pattern).literal_separator(true).build();
        built.map_err(|error| error.kind().to_string())
    };
    let mut set = GlobSetBuilder::new();
    set.add(build(bare)?).add(build(&format!("{bare}/**"))?);
    let set = set.build().map_err(|error| error.kind().to_string())?;
    Ok(Paths { text: text.to_owned(), set })
}
