//! Reads a rule's Markdown file: the TOML block, the manual page, and the examples that are its tests.

use crate::rule::Meta;

/// A rule's file.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) meta: Meta,
    /// The heading: a sentence that states the property.
    pub(crate) title: String,
    /// The manual page, without the TOML block and the heading.
    pub(crate) body: String,
    pub(crate) examples: Vec<Example>,
}

/// A repository in memory, with what the rule must say of it.
#[derive(Debug)]
pub(crate) struct Example {
    pub(crate) section: Section,
    pub(crate) title: String,
    /// Paths and texts, without the marks.
    pub(crate) files: Vec<(String, String)>,
    /// Where findings must stand: path and 1-based line.
    pub(crate) marks: Vec<(String, usize)>,
    /// What an `Expect:` line says.
    pub(crate) expect: Option<String>,
}

/// The part of the page that an example stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Bad,
    Good,
    NearMiss,
}

/// The marks that say where a finding must stand, as they end a line.
const MARKS: [&str; 4] = ["// finding", "# finding", "<!-- finding -->", "-- finding"];

/// Parses a rule's file.
///
/// # Errors
/// What is wrong with the file, for whoever writes it.
pub(crate) fn parse(text: &str) -> Result<Page, String> {
    let rest = text.strip_prefix("```toml\n").ok_or("does not open with a TOML block")?;
    let (block, rest) = rest.split_once("\n```\n").ok_or("the TOML block is not closed")?;
    let meta: Meta = toml::from_str(block).map_err(|error| error.to_string())?;
    let rest = rest.trim_start();
    let (title, body) = rest.split_once('\n').ok_or("has no page")?;
    let title = title.strip_prefix("# ").ok_or("the page does not open with a heading")?.to_owned();
    let body = body.trim().to_owned();
    let examples = examples(&body)?;
    Ok(Page { meta, title, body, examples })
}

fn examples(body: &str) -> Result<Vec<Example>, String> {
    let mut found: Vec<Example> = Vec::new();
    let mut section = None;
    let mut path: Option<String> = None;
    let mut lines = body.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("### ") {
            if let Some(section) = section {
                let (files, marks) = (Vec::new(), Vec::new());
                found.push(Example { section, title: title.trim().to_owned(), files, marks, expect: None });
            }
        } else if let Some(title) = line.strip_prefix("## ") {
            section = match title.trim() {
                "Bad" => Some(Section::Bad),
                "Good" => Some(Section::Good),
                "Near miss" => Some(Section::NearMiss),
                _ => None,
            };
        } else if let Some(fence) = line.strip_prefix("```") {
            let ticks = "`".repeat(3 + fence.chars().take_while(|c| *c == '`').count());
            let content: Vec<&str> = lines.by_ref().take_while(|line| *line != ticks).collect();
            let (Some(_), Some(example)) = (section, found.last_mut()) else { continue };
            let path = path.take().ok_or_else(|| format!("a fence without a path in `{}`", example.title))?;
            add_file(example, path, &content);
        } else if let Some(named) = line.trim().strip_prefix('`').and_then(|line| line.strip_suffix("`:")) {
            path = Some(named.to_owned());
        } else if let (Some(expect), Some(example)) = (line.trim().strip_prefix("Expect:"), found.last_mut())
        {
            example.expect = Some(expect.trim().to_owned());
        }
    }
    Ok(found)
}

fn add_file(example: &mut Example, path: String, lines: &[&str]) {
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        let mark = MARKS.iter().find_map(|mark| line.strip_suffix(mark));
        if mark.is_some() {
            example.marks.push((path.clone(), at + 1));
        }
        text.push_str(mark.map_or(*line, str::trim_end));
        text.push('\n');
    }
    example.files.push((path, text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_taken_off_and_kept_as_lines() {
        let page = examples(
            "## Bad\n### Two\n`a/Dockerfile`:\n```dockerfile\nFROM x # finding\nUSER y\n```\n`b.rs`:\n```rust\n\
             fn a() {} // finding\n```\n## Near miss\n### Three\nExpect: unknown\n`c`:\n````\n```\n````\n",
        )
        .expect("well formed");
        assert_eq!(page[0].files[0], ("a/Dockerfile".to_owned(), "FROM x\nUSER y\n".to_owned()));
        assert_eq!(page[0].marks, [("a/Dockerfile".to_owned(), 1), ("b.rs".to_owned(), 1)]);
        assert_eq!(page[1].section, Section::NearMiss);
        assert_eq!(page[1].expect.as_deref(), Some("unknown"));
        assert_eq!(page[1].files[0].1, "```\n");
    }

    #[test]
    fn a_fence_without_a_path_is_an_error() {
        assert!(examples("## Bad\n### One\n```\nx\n```\n").is_err());
    }
}
