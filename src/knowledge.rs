//! What the items of other people's crates mean: which call starts a server, which drains it, which sets a timeout.
//!
//! The knowledge is data (`rules/knowledge/*.toml`); this module only makes it easy to ask. Paths are kept as a tree, so
//! that resolving a path of the audited code to an item costs no allocation.

pub(crate) mod bases;
mod file;
pub(crate) mod images;
pub(crate) mod kubernetes;
pub(crate) mod lifetimes;

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

pub(crate) use file::{Drain, Item, Means, Signal};

/// A path of some external crate that is known, or that is a prefix of one that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Node(u32);

/// The tree of known paths.
#[derive(Debug)]
pub(crate) struct Knowledge {
    entries: Vec<Entry>,
    variables: Vec<file::Variable>,
    /// Traits whose methods are called on types that cannot be told.
    traits: Vec<Node>,
}

#[derive(Debug)]
struct Entry {
    name: Box<str>,
    parent: Node,
    children: FxHashMap<Box<str>, Node>,
    items: Vec<Item>,
    /// What a call of this returns, where it is not the type that it belongs to.
    returns: Option<Node>,
    /// The same thing under its canonical path.
    alias: Option<Node>,
    /// A type some method of which gives a lock's guard.
    is_lock: bool,
}

impl Entry {
    fn new(name: &str, parent: Node) -> Self {
        let children = FxHashMap::default();
        Self {
            name: name.into(),
            parent,
            children,
            items: Vec::new(),
            returns: None,
            alias: None,
            is_lock: false,
        }
    }
}

/// The knowledge that is built into the program.
pub(crate) fn built_in() -> &'static Knowledge {
    static BUILT_IN: LazyLock<Knowledge> = LazyLock::new(|| {
        let of_crates = crate::embedded::KNOWLEDGE.iter().filter(|(path, _)| is_of_crates(path));
        let files = of_crates.map(|(path, text)| {
            let parsed = file::parse(text);
            parsed.unwrap_or_else(|error| panic!("a test parses every file; {path}: {error}"))
        });
        Knowledge::new(files.collect())
    });
    &BUILT_IN
}

/// What is known of images, of their lifetimes and of Kubernetes has forms of its own.
fn is_of_crates(path: &str) -> bool {
    ![images::FILE, bases::FILE, kubernetes::FILE, lifetimes::FILE].contains(&path)
}

const ROOT: Node = Node(0);

impl Knowledge {
    fn new(files: Vec<file::File>) -> Self {
        let mut tree =
            Self { entries: vec![Entry::new("", ROOT)], variables: Vec::new(), traits: Vec::new() };
        let (mut aliases, mut items) = (Vec::new(), Vec::new());
        for file in files {
            aliases.extend(file.alias);
            items.extend(file.item);
            tree.variables.extend(file.variable);
        }
        // Paths that end in an alias must exist before what is below it is added.
        for alias in &aliases {
            let (from, to) = (tree.insert(&alias.from), tree.insert(&alias.to));
            tree.entries[from.0 as usize].alias = Some(to);
        }
        for item in items {
            let returns = item.returns.as_ref().map(|path| tree.insert(path));
            for path in &item.path {
                let node = tree.insert(path);
                let entry = &mut tree.entries[node.0 as usize];
                entry.returns = returns.or(entry.returns);
                if item.means.is_some() {
                    entry.items.push(item.clone());
                }
                if item.means == Some(Means::Trait) {
                    tree.traits.push(node);
                }
                let entry = &tree.entries[node.0 as usize];
                if item.means == Some(Means::StdLock) {
                    let owner = entry.parent;
                    tree.entries[owner.0 as usize].is_lock = true;
                }
            }
        }
        tree
    }

    fn insert(&mut self, path: &str) -> Node {
        let mut at = ROOT;
        for name in path.split("::") {
            at = match self.child(at, name) {
                Some(child) => child,
                None => {
                    let child = Node(u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
                    self.entries[at.0 as usize].children.insert(name.into(), child);
                    self.entries.push(Entry::new(name, at));
                    child
                }
            };
        }
        at
    }

    /// The node of a crate by its name in code.
    pub(crate) fn krate(&self, name: &str) -> Option<Node> {
        self.child(ROOT, name)
    }

    /// The node below `parent`, under its canonical path.
    pub(crate) fn child(&self, parent: Node, name: &str) -> Option<Node> {
        let child = *self.entries[parent.0 as usize].children.get(name)?;
        Some(self.canonical(child))
    }

    /// The node of a path such as `axum::Router::route`.
    #[cfg(test)]
    fn path(&self, path: &str) -> Option<Node> {
        path.split("::").try_fold(ROOT, |at, name| self.child(at, name))
    }

    fn canonical(&self, node: Node) -> Node {
        let mut at = node;
        // An alias of an alias of itself would be a mistake in the data; a bound keeps it harmless.
        for _ in 0..8 {
            match self.entries[at.0 as usize].alias {
                Some(to) => at = to,
                None => break,
            }
        }
        at
    }

    /// What the item at a node means; several meanings are possible.
    pub(crate) fn items(&self, node: Node) -> &[Item] {
        &self.entries[node.0 as usize].items
    }

    #[cfg(test)]
    fn means(&self, node: Node, means: Means) -> Option<&Item> {
        self.items(node).iter().find(|item| item.means == Some(means))
    }

    /// Whether an item at a node or below it has a meaning.
    pub(crate) fn holds(&self, node: Node, means: Means) -> bool {
        self.items(node).iter().any(|item| item.means == Some(means))
            || self.entries[node.0 as usize].children.values().any(|child| self.holds(*child, means))
    }

    /// Whether anything is known of a crate itself: some are here for what they give on of others.
    pub(crate) fn is_known(&self, krate: &str) -> bool {
        self.krate(krate).is_some_and(|node| self.says_something(node))
    }

    fn says_something(&self, node: Node) -> bool {
        let entry = &self.entries[node.0 as usize];
        let is_own = |child: &Node| self.entries[child.0 as usize].alias.is_none();
        !entry.items.is_empty()
            || entry.returns.is_some()
            || entry.children.values().filter(|child| is_own(child)).any(|child| self.says_something(*child))
    }

    /// Whether a variable of the environment is defined, and documented, by something other than the audited code.
    pub(crate) fn is_of_platform(&self, variable: &str) -> bool {
        let variable = variable.to_ascii_uppercase();
        self.variables.iter().any(|known| {
            known.name.contains(&variable) || known.prefix.iter().any(|prefix| variable.starts_with(prefix))
        })
    }

    /// Traits whose methods are called on types that cannot be told, with the methods of a name that they have.
    pub(crate) fn methods_of_traits(&self, name: &str) -> impl Iterator<Item = (Node, Node)> {
        self.traits.iter().filter_map(move |of_trait| Some((*of_trait, self.child(*of_trait, name)?)))
    }

    pub(crate) fn name(&self, node: Node) -> &str {
        &self.entries[node.0 as usize].name
    }

    pub(crate) fn parent(&self, node: Node) -> Node {
        self.entries[node.0 as usize].parent
    }

    /// The crate that a node belongs to, by its name in code.
    pub(crate) fn crate_of(&self, node: Node) -> &str {
        let mut at = node;
        while self.parent(at) != ROOT {
            at = self.parent(at);
        }
        self.name(at)
    }

    /// The full path of a node.
    pub(crate) fn full_path(&self, node: Node) -> String {
        let mut names = vec![self.name(node)];
        let mut at = node;
        while self.parent(at) != ROOT {
            at = self.parent(at);
            names.push(self.name(at));
        }
        names.reverse();
        names.join("::")
    }

    /// Whether a node names a type: types are the names that begin with a capital.
    pub(crate) fn is_type(&self, node: Node) -> bool {
        self.name(node).starts_with(|first: char| first.is_ascii_uppercase())
    }

    /// Whether a type is known as a wrapper only: nothing is known of its methods, and what it holds says more.
    pub(crate) fn is_mere_wrapper(&self, node: Node) -> bool {
        let entry = &self.entries[node.0 as usize];
        entry.children.is_empty() && entry.items.iter().any(|item| item.means == Some(Means::Input))
    }

    /// Whether a node stands for what a call returns and nothing is known of: `returns = "_"`.
    pub(crate) fn is_anything(&self, node: Node) -> bool {
        self.name(node) == "_" && self.parent(node) == ROOT
    }

    /// Whether a node is a lock around a value: its methods give the value behind a guard.
    pub(crate) fn is_lock(&self, node: Node) -> bool {
        self.entries[node.0 as usize].is_lock
    }

    /// The type of what a call of this returns: what the data says, else for `Type::function` the type itself.
    pub(crate) fn returned_by(&self, node: Node) -> Option<Node> {
        if let Some(returns) = self.entries[node.0 as usize].returns {
            return Some(self.canonical(returns));
        }
        let parent = self.parent(node);
        if self.is_type(node) { Some(node) } else { self.is_type(parent).then_some(parent) }
    }
}

/// One of the files that have a form of their own.
///
/// # Panics
/// When it is not in that form, which a test rules out.
fn parsed<T: serde::de::DeserializeOwned>(path: &str) -> T {
    let file = crate::embedded::KNOWLEDGE.iter().find(|(own, _)| *own == path);
    let (_, text) = file.expect("the build script embeds every file of the folder");
    toml::from_str(text).unwrap_or_else(|error| panic!("a test parses it; {path}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_parses() {
        assert!(!crate::embedded::KNOWLEDGE.is_empty());
        for (path, text) in crate::embedded::KNOWLEDGE.iter().filter(|(path, _)| is_of_crates(path)) {
            if let Err(error) = file::parse(text) {
                panic!("{path}: {error}");
            }
        }
    }

    #[test]
    fn a_type_whose_method_gives_a_guard_is_a_lock() {
        let lock = built_in().path("std::sync::Mutex").expect("known");
        assert!(built_in().is_lock(lock));
        let client = built_in().path("reqwest::Client").expect("known");
        assert!(!built_in().is_lock(client));
    }

    #[test]
    fn aliases_lead_to_the_canonical_path() {
        let tree = Knowledge::new(vec![
            file::parse(
                "crate = \"a\"\nsource = \"s\"\n[[alias]]\nfrom = \"a::prelude\"\nto = \"a\"\n\
                 [[item]]\npath = [\"a::Server::run\"]\nmeans = \"server\"\nframework = \"a\"\nkind = \"http\"\n\
                 drain = \"none\"\n[[item]]\npath = [\"a::Server::builder\"]\nreturns = \"a::Builder\"\n\
                 [[item]]\npath = [\"a::Server::row\"]\nreturns = \"_\"\n",
            )
            .expect("valid"),
        ]);
        let run = tree.path("a::prelude::Server::run").expect("known through the alias");
        assert_eq!(tree.full_path(run), "a::Server::run");
        assert!(tree.means(run, Means::Server).is_some());
        assert_eq!(tree.returned_by(run), tree.path("a::Server"));
        let builder = tree.path("a::Server::builder").expect("known");
        assert_eq!(tree.returned_by(builder), tree.path("a::Builder"));
        assert_eq!(tree.path("a::Other"), None);
        let row = tree.path("a::Server::row").expect("known");
        assert!(tree.returned_by(row).is_some_and(|node| tree.is_anything(node)));
        assert!(!tree.is_anything(run));
    }

    #[test]
    fn a_crate_that_gives_on_another_is_not_known_for_it() {
        let tree = Knowledge::new(vec![
            file::parse(
                "crate = \"a\"\nsource = \"s\"\n[[alias]]\nfrom = \"operator::kube\"\nto = \"kube\"\n[[alias]]\n\
                 from = \"kube_runtime\"\nto = \"kube::runtime\"\n[[item]]\npath = [\"kube::runtime::run\"]\n\
                 means = \"consumer\"\n",
            )
            .expect("valid"),
        ]);
        let known = |name: &str| tree.is_known(name);
        assert_eq!(
            (known("kube"), known("kube_runtime"), known("operator"), known("other")),
            (true, true, false, false)
        );
    }
}
