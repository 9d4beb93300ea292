//! What a shell script says. All of it is in the parse; this is the form in which a file's facts hold it.

use crate::{
    span::At,
    syntax::shell::{self, Script},
};

/// The facts of one shell script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScriptFacts {
    pub(crate) script: Script,
    pub(crate) errors: Vec<At<String>>,
}

/// Takes the facts from the text of a script. Never fails: what could not be read is in `errors`.
pub(crate) fn extract(text: &str) -> ScriptFacts {
    let mut script = shell::parse(text);
    let errors = std::mem::take(&mut script.errors);
    ScriptFacts { script, errors }
}
