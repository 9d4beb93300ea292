//! The module tree of a crate: which file, or which part of a file, each module is.

use crate::facts::rust::{ItemId, ItemKind, RustFacts};
use crate::facts::{Facts, FileFacts};
use crate::source::{Sources, ancestors, file_name, folder, join};
use crate::span::{FileId, Range, Span};

use super::{CrateId, index};

/// The number of a module. A file that two crates declare is two modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ModuleId(pub(crate) u32);

/// One module of one crate.
#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) krate: CrateId,
    pub(crate) parent: Option<ModuleId>,
    pub(crate) file: FileId,
    pub(crate) items: Vec<ItemId>,
    /// Child modules by name.
    pub(crate) children: Vec<(String, ModuleId)>,
    /// Lints on printing that its declaration lets through in all of it.
    pub(crate) waived: Vec<String>,
}

/// A file of a crate that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unread {
    /// Where it fails, or the declaration of a module whose file is not there.
    pub(crate) span: Span,
    pub(crate) why: String,
    pub(crate) kind: UnreadKind,
}

/// Why a file could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnreadKind {
    /// A module whose file is not in the tree: it may be generated, or built for another platform only.
    Missing,
    /// A file that is there and says nothing, or not all that it should.
    Broken,
}

/// A module that still has to be opened.
struct Open {
    id: ModuleId,
    /// The folder in which its file modules stand.
    folder: String,
    depth: usize,
}

/// Modules nest as deep as folders do; a cycle of `#[path]` would nest for ever.
const MAX_DEPTH: usize = 64;

/// Builds the tree of a crate from its root file.
pub(super) fn build(
    sources: &Sources,
    facts: &Facts,
    krate: CrateId,
    root_file: FileId,
    modules: &mut Vec<Module>,
) -> (ModuleId, Vec<Unread>) {
    let mut unread = Vec::new();
    let root = ModuleId(index(modules.len()));
    let items = items_of(sources, facts, root_file, &mut unread);
    modules.push(Module {
        krate,
        parent: None,
        file: root_file,
        items,
        children: Vec::new(),
        waived: Vec::new(),
    });
    let mut open = vec![Open { id: root, folder: folder(sources.path(root_file)).to_owned(), depth: 0 }];
    while let Some(Open { id, folder: own_folder, depth }) = open.pop() {
        if depth >= MAX_DEPTH {
            continue;
        }
        let file = modules[id.0 as usize].file;
        let Some(rust) = facts.rust(file) else { continue };
        for item in modules[id.0 as usize].items.clone() {
            for declared in declarations(rust, item) {
                let child = ModuleId(index(modules.len()));
                let opened = match &declared.inline {
                    Some(items) => Some((file, items.clone(), format!("{own_folder}/{}", declared.name))),
                    None => find_file(sources, &own_folder, file, &declared).map(|found| {
                        let below = folder_of_children(sources.path(found), declared.path.is_some());
                        (found, items_of(sources, facts, found, &mut unread), below)
                    }),
                };
                let Some((child_file, items, below)) = opened else {
                    if is_generated(sources, facts, root_file) {
                        continue;
                    }
                    let why = format!("the file of module `{}` is not in the tree", declared.name);
                    let span = Span::new(file, declared.range);
                    unread.push(Unread { span, why, kind: UnreadKind::Missing });
                    continue;
                };
                let mut waived = modules[id.0 as usize].waived.clone();
                waived.extend(declared.waived);
                modules[id.0 as usize].children.push((declared.name, child));
                modules.push(Module {
                    krate,
                    parent: Some(id),
                    file: child_file,
                    items,
                    children: Vec::new(),
                    waived,
                });
                open.push(Open {
                    id: child,
                    folder: below.trim_start_matches('/').to_owned(),
                    depth: depth + 1,
                });
            }
        }
    }
    (root, unread)
}

/// Crates with which build scripts make Rust of schemas: messages, and what calls and serves them.
const GENERATORS: &[&str] = &[
    "flatc_rust",
    "planus_codegen",
    "prost_build",
    "protobuf_codegen",
    "protoc_rust",
    "tonic_build",
    "tonic_prost_build",
    "volo_build",
];

/// Whether a module that is not in the tree is made by the build script of its package, out of schemas.
fn is_generated(sources: &Sources, facts: &Facts, root: FileId) -> bool {
    let there = |at: &str, name: &str| join(at, name).and_then(|path| sources.find(&path));
    let package = ancestors(sources.path(root)).find(|at| there(at, "Cargo.toml").is_some());
    let script = package.and_then(|at| facts.rust(there(at, "build.rs")?));
    script.is_some_and(|script| script.names.any(|name| GENERATORS.contains(&name)))
}

struct Declared {
    name: String,
    range: Range,
    inline: Option<Vec<ItemId>>,
    path: Option<String>,
    waived: Vec<String>,
}

/// The modules that an item declares: a `mod`, or those in a macro called where an item stands.
fn declarations(rust: &RustFacts, item: ItemId) -> Vec<Declared> {
    let entry = rust.item(item);
    match &entry.kind {
        ItemKind::Mod(module) => vec![Declared {
            name: rust.name(entry.name.value).to_owned(),
            range: entry.name.range,
            inline: module.inline.as_deref().map(<[ItemId]>::to_vec),
            path: module.path.map(|path| rust.name(path).to_owned()),
            waived: module.waived.iter().map(|lint| rust.name(*lint).to_owned()).collect(),
        }],
        ItemKind::MacroCall { items, .. } => {
            items.iter().flat_map(|item| declarations(rust, *item)).collect()
        }
        _ => Vec::new(),
    }
}

fn find_file(
    sources: &Sources,
    folder_of_modules: &str,
    file: FileId,
    declared: &Declared,
) -> Option<FileId> {
    if let Some(path) = &declared.path {
        let base = folder(sources.path(file));
        let by_file = join(base, path).and_then(|path| sources.find(&path));
        return by_file.or_else(|| sources.find(&join(folder_of_modules, path)?));
    }
    let name = &declared.name;
    [format!("{name}.rs"), format!("{name}/mod.rs")]
        .iter()
        .find_map(|path| sources.find(&join(folder_of_modules, path)?))
}

/// `a/mod.rs` and files named by `#[path]` keep their modules beside them, `a.rs` in `a/`.
fn folder_of_children(path: &str, by_path_attribute: bool) -> String {
    let own = folder(path);
    if file_name(path) == "mod.rs" || by_path_attribute {
        return own.to_owned();
    }
    path.strip_suffix(".rs").unwrap_or(path).to_owned()
}

fn items_of(sources: &Sources, facts: &Facts, file: FileId, unread: &mut Vec<Unread>) -> Vec<ItemId> {
    match facts.get(file) {
        FileFacts::Rust(rust) => {
            if let Some(error) = &rust.error {
                let why = format!("could not be parsed as Rust: {}", error.value);
                unread.push(Unread { span: error.span(file), why, kind: UnreadKind::Broken });
            }
            rust.root.clone()
        }
        _ => {
            let why = "could not be read".into();
            unread.push(Unread { span: sources.first_line(file), why, kind: UnreadKind::Broken });
            Vec::new()
        }
    }
}
