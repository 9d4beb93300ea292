//! Texts in parts: what is written down, and what the environment says.

/// A text in parts, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) parts: Vec<Part>,
}

/// One part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Known(String),
    /// What the environment says when the program runs.
    Env {
        name: String,
        default: Option<Box<Text>>,
    },
    /// What an argument of the command line says: `--port`, `-p`.
    Arg {
        names: Vec<String>,
        default: Option<Box<Text>>,
    },
    /// What a configuration says that is not in the code.
    Setting {
        /// The names that lead to it from the whole configuration; none where they cannot be told.
        keys: Vec<String>,
        /// What holds where it says nothing.
        default: Option<Box<Text>>,
    },
    Unknown,
}

impl Text {
    pub(crate) fn known(text: impl Into<String>) -> Self {
        Self { parts: vec![Part::Known(text.into())] }
    }

    pub(crate) fn unknown() -> Self {
        Self { parts: vec![Part::Unknown] }
    }

    /// A variable of the environment, with what holds without it.
    pub(crate) fn env(name: String, default: Self) -> Self {
        Self { parts: vec![Part::Env { name, default: Some(Box::new(default)) }] }
    }

    /// What a configuration may say under these names, with what holds without it.
    pub(super) fn setting(keys: Vec<String>, default: Option<Self>) -> Self {
        let default = match default {
            Some(default) if matches!(default.parts.as_slice(), [Part::Setting { .. }]) => return default,
            Some(default) if default.parts.contains(&Part::Unknown) => None,
            default => default.map(Box::new),
        };
        if default.is_none() && keys.is_empty() {
            return Self::unknown();
        }
        Self { parts: vec![Part::Setting { keys, default }] }
    }

    /// The text where no configuration says another.
    pub(crate) fn by_default(&self) -> Self {
        let parts = self.parts.iter().flat_map(|part| match part {
            Part::Setting { default: Some(default), .. } | Part::Arg { default: Some(default), .. } => {
                default.by_default().parts
            }
            Part::Setting { default: None, .. } => vec![Part::Unknown],
            part => vec![part.clone()],
        });
        // What is known stands together, as it does where it was written together.
        parts.fold(Self::default(), |mut text, part| {
            match (text.parts.last_mut(), part) {
                (Some(Part::Known(before)), Part::Known(part)) => before.push_str(&part),
                (_, part) => text.parts.push(part),
            }
            text
        })
    }

    /// The text, where all of it is written down. An argument of the command line is what holds without it.
    pub(crate) fn literal(&self) -> Option<String> {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Known(text) => Some(text.clone()),
                Part::Arg { default, .. } => default.as_ref()?.literal(),
                _ => None,
            })
            .collect()
    }

    /// The text with `provided` for each variable, and the default where it provides none.
    pub(crate) fn with_env(&self, provided: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Known(text) => Some(text.clone()),
                Part::Env { name, default } => {
                    provided(name).or_else(|| default.as_ref()?.with_env(provided))
                }
                Part::Arg { default, .. } => default.as_ref()?.with_env(provided),
                Part::Setting { .. } | Part::Unknown => None,
            })
            .collect()
    }

    /// The names under which a configuration says it, where it is nothing but that.
    pub(crate) fn keys(&self) -> Option<&[String]> {
        match self.parts.as_slice() {
            [Part::Setting { keys, .. }] if !keys.is_empty() => Some(keys),
            _ => None,
        }
    }

    /// The variables that it is made of.
    pub(crate) fn variables(&self) -> Vec<&str> {
        let mut found = Vec::new();
        for part in &self.parts {
            match part {
                Part::Env { name, default } => {
                    found.push(name.as_str());
                    found.extend(default.iter().flat_map(|default| default.variables()));
                }
                Part::Arg { default, .. } => found.extend(default.iter().flat_map(|it| it.variables())),
                Part::Known(_) | Part::Setting { .. } | Part::Unknown => {}
            }
        }
        found
    }

    /// Whether it is a variable or an argument, and nothing says what holds without it.
    pub(super) fn has_no_default(&self) -> bool {
        matches!(self.parts.as_slice(), [Part::Env { default: None, .. } | Part::Arg { default: None, .. }])
    }

    /// The text in another case. What a variable holds is known in its own only.
    pub(super) fn cased(self, case: impl Fn(&str) -> String) -> Self {
        self.literal().map_or_else(Self::unknown, |text| Self::known(case(&text)))
    }

    pub(super) fn join(mut self, other: Self) -> Self {
        self.parts.extend(other.parts);
        self
    }
}
