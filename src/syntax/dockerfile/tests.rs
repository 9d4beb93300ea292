use super::*;

/// The instructions in one line each: keyword, flags, arguments in brackets by their shape.
fn outline(text: &str) -> Vec<String> {
    parse(text).instructions.iter().map(line_of).collect()
}

fn line_of(instruction: &Instruction) -> String {
    let mut line = instruction.keyword.value.clone();
    for Flag { name, value } in &instruction.flags {
        let value = value.as_ref().map_or_else(String::new, |value| format!("={}", value.value));
        line = format!("{line} --{}{value}", name.value);
    }
    format!("{line} {}", shape_of(&instruction.args))
}

fn shape_of(args: &Args) -> String {
    let list = |words: &[At<String>]| {
        let words: Vec<_> = words.iter().map(|word| word.value.as_str()).collect();
        words.join("|")
    };
    match args {
        Args::Json(words) => format!("[{}]", list(words)),
        Args::Text(text) | Args::Unknown(text) => format!("<{}>", text.value),
        Args::Words(words) => format!("({})", list(words)),
        Args::Pairs(pairs) => {
            let value = |pair: &Pair| {
                pair.value.as_ref().map_or_else(String::new, |value| format!("={}", value.value))
            };
            let pairs: Vec<_> =
                pairs.iter().map(|pair| format!("{}{}", pair.name.value, value(pair))).collect();
            format!("{{{}}}", pairs.join("|"))
        }
        Args::Health { kind, command } => {
            format!("{} {}", kind.value, command.as_deref().map_or_else(String::new, shape_of))
        }
        Args::Trigger(trigger) => line_of(trigger),
        Args::Empty => "-".to_owned(),
    }
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(outline(text), expected, "{text}");
    assert_eq!(parse(text).errors, [], "{text}");
}

#[track_caller]
fn check_error(text: &str, message: &str, place: &str, instructions: usize) {
    let file = parse(text);
    let found: Vec<_> =
        file.errors.iter().map(|error| (error.value.as_str(), &text[error.range.as_usize()])).collect();
    assert_eq!(found, [(message, place)], "{text}");
    assert_eq!(file.instructions.len(), instructions, "{text}");
}

#[test]
fn shapes_of_arguments() {
    check("from debian:12 as b\n", &["FROM (debian:12|as|b)"]);
    check("FROM --platform=$P  a", &["FROM --platform=$P (a)"]);
    check("RUN [\"a\", \"b c\"]", &["RUN [a|b c]"]);
    check("CMD ['a']\nCMD [\"a\" b", &["CMD <['a']>", "CMD <[\"a\" b>"]);
    check("ENTRYPOINT", &["ENTRYPOINT -"]);
    check("ENTRYPOINT []", &["ENTRYPOINT []"]);
    check("COPY --from=b --link -- a  b /c", &["COPY --from=b --link (a|b|/c)"]);
    check("ADD [\"a b\", \"/c\"]", &["ADD [a b|/c]"]);
    check("RUN --mount=type=secret,id=\"a b\" x -- y", &["RUN --mount=type=secret,id=a b <x -- y>"]);
    check("ENV a=b c=\"d e\" f=g\\ h", &["ENV {a=b|c=\"d e\"|f=g\\ h}"]);
    check("ENV a  b c=d ", &["ENV {a=b c=d}"]);
    check("LABEL \"a b\"=c", &["LABEL {\"a b\"=c}"]);
    check("ARG a b=c d=\"e f\"", &["ARG {a|b=c|d=\"e f\"}"]);
    check("EXPOSE 80 $P/udp", &["EXPOSE (80|$P/udp)"]);
    check("USER a:b\nWORKDIR /a b", &["USER <a:b>", "WORKDIR </a b>"]);
    check("HEALTHCHECK --interval=5s CMD [\"a\"]", &["HEALTHCHECK --interval=5s CMD [a]"]);
    check("HEALTHCHECK none", &["HEALTHCHECK none "]);
    check("ONBUILD RUN [\"a\"]", &["ONBUILD RUN [a]"]);
    check("SHELL [\"a\", \"-c\"]", &["SHELL [a|-c]"]);
}

#[test]
fn lines_comments_and_continuations() {
    check("\u{feff}FROM a\r\nRUN b \\\r\n  c\r\n", &["FROM (a)", "RUN <b   c>"]);
    check("RUN a \\\n# note \\\n\n   # note\n  b\nCMD c", &["RUN <a   b>", "CMD <c>"]);
    check("  # note\n\n\tRUN a # no note\n", &["RUN <a # no note>"]);
    check("RUN a\\\\\nCMD b", &["RUN <a\\\\>", "CMD <b>"]);
    check("RUN he\\   \nllo\\", &["RUN <hello>"]);
    check("CMD [\"a\", \\\n  \"b\"]", &["CMD [a|b]"]);
    check("# escape=`\nRUN C:\\ `\n && b\n", &["RUN <C:\\  && b>"]);
    check("\n# escape=`\nRUN a \\\n b", &["RUN <a  b>"]);
    check("# note\n# escape=`\nRUN a \\\n b", &["RUN <a  b>"]);
    check("# syntax = docker/dockerfile:1\n# ESCAPE = `\nRUN a `\n b", &["RUN <a  b>"]);
    let file = parse("# syntax=docker/dockerfile:1 \n# check=skip=all\nFROM a");
    let directives: Vec<_> =
        file.directives.iter().map(|d| (d.name.value.as_str(), d.value.value.as_str())).collect();
    assert_eq!(directives, [("syntax", "docker/dockerfile:1"), ("check", "skip=all")]);
}

#[test]
fn here_documents() {
    let bodies = |text: &str| {
        let file = parse(text);
        assert_eq!(file.errors, [], "{text}");
        let all = file.instructions.iter().flat_map(|instruction| &instruction.heredocs);
        (all.map(Heredoc::content).collect::<Vec<_>>(), outline(text).len())
    };
    assert_eq!(bodies("RUN <<EOF\na\nFROM b\nEOF\nUSER c\n"), (vec!["a\nFROM b\n".to_owned()], 2));
    assert_eq!(bodies("RUN <<-EOF\r\n\ta\r\n\tEOF\r\nUSER c"), (vec!["a\r\n".to_owned()], 2));
    assert_eq!(
        bodies("COPY <<A <<'B' /d\n1\nB\nA\n2\nB\nUSER c"),
        (vec!["1\nB\n".to_owned(), "2\n".to_owned()], 2)
    );
    assert_eq!(
        bodies("RUN a && \\\n cat <<E > f && \\\n b\nx \\\nE\nUSER c"),
        (vec!["x \\\n".to_owned()], 2)
    );
    assert_eq!(bodies("RUN [\"<<EOF\"]\nRUN \"<<EOF\"\nUSER <<EOF\n"), (vec![], 3));
    let text = "RUN <<E\na\nE\nUSER b";
    let range = parse(text).instructions[0].range;
    assert_eq!(&text[range.as_usize()], "RUN <<E\na\nE", "the range holds the delimiter");
    let Args::Trigger(trigger) = &parse("ONBUILD RUN <<E\na\nE\n").instructions[0].args else {
        panic!("a trigger")
    };
    assert_eq!(trigger.heredocs[0].content(), "a\n");
}

#[test]
fn places_are_those_of_the_file() {
    let text = "\u{feff}FROM ü:1 AS b\r\n\
                COPY --from=\"x\" a\\\r\n# note\r\nb [c \\\r\n  d\r\nENV A=1 \\\n  B=\"2 3\"\n";
    let file = parse(text);
    let written = |at: &At<String>| &text[at.range.as_usize()];
    let [from, copy, env] = file.instructions.as_slice() else { panic!("three instructions") };
    assert_eq!(written(&from.keyword), "FROM");
    let Args::Words(words) = &from.args else { panic!("words") };
    assert_eq!(words.iter().map(written).collect::<Vec<_>>(), ["ü:1", "AS", "b"]);
    assert_eq!(copy.flags[0].value.as_ref().map(written), Some("\"x\""));
    let Args::Words(words) = &copy.args else { panic!("words") };
    assert_eq!(words.iter().map(|word| word.value.as_str()).collect::<Vec<_>>(), ["ab", "[c", "d"]);
    assert_eq!(words.iter().map(written).collect::<Vec<_>>(), ["a\\\r\n# note\r\nb", "[c", "d"]);
    assert_eq!(&text[copy.range.as_usize()], "COPY --from=\"x\" a\\\r\n# note\r\nb [c \\\r\n  d");
    let Args::Pairs(pairs) = &env.args else { panic!("pairs") };
    assert_eq!(pairs[1].value.as_ref().map(written), Some("\"2 3\""));
    let text = "CMD [\"a\\u0062\", \\\n \"c\"]";
    let Args::Json(words) = &parse(text).instructions[0].args else { panic!("JSON form") };
    assert_eq!(words[0].value, "ab");
    assert_eq!(&text[words[0].range.as_usize()], "\"a\\u0062\"");
    assert_eq!(&text[words[1].range.as_usize()], "\"c\"");
}

#[test]
fn faults_are_reported_at_their_place_and_parsing_goes_on() {
    check_error("FROM a\nFOO bar\nUSER b", "unknown instruction `FOO`", "FOO", 3);
    check_error("COPY a\nUSER b", "`COPY` needs a source and a destination", "COPY", 2);
    check_error("COPY a <<E\nE\nUSER b", "a here-document cannot be the destination of `COPY`", "<<E", 2);
    check_error("CMD [\"a\", 1]", "the JSON form of `CMD` may hold strings only", "[\"a\", 1]", 1);
    check_error("FROM a b", "`FROM` takes an image, or an image, `AS` and a name", "b", 1);
    check_error("FROM", "`FROM` takes an image, or an image, `AS` and a name", "FROM", 1);
    check_error("FROM a AS 1b", "`1b` cannot be the name of a stage", "1b", 1);
    check_error("ENV a", "`ENV` needs a name and a value", "a", 1);
    check_error("ENV a=b c", "`c` in `ENV` has no `=`", "c", 1);
    check_error("USER", "`USER` needs an argument", "USER", 1);
    check_error("SHELL a", "`SHELL` needs the JSON form", "a", 1);
    check_error("HEALTHCHECK CMD", "`HEALTHCHECK CMD` has no command", "CMD", 1);
    check_error("HEALTHCHECK CURL x", "`HEALTHCHECK` does not know `CURL`", "CURL", 1);
    check_error("HEALTHCHECK NONE x", "`HEALTHCHECK NONE` takes no arguments", "x", 1);
    check_error("ONBUILD ONBUILD RUN a", "`ONBUILD` cannot be deferred by `ONBUILD`", "ONBUILD", 1);
    check_error("ONBUILD", "`ONBUILD` needs an argument", "ONBUILD", 1);
    check_error("RUN <<E\nUSER b", "here-document `E` is never closed", "<<E", 2);
    check_error("# escape=x\nRUN a", "escape character `x` is neither a backslash nor a backtick", "x", 1);
    check_error("# escape=`\n# escape=`\nRUN a", "directive `escape` stands twice", "escape", 1);
    check_error("# note\n", "the file has no instructions", "", 0);
}

#[test]
fn hostile_files_are_read_in_time() {
    let start = std::time::Instant::now();
    let texts = [
        "RUN <<A\n".repeat(20_000),
        (0..20_000).map(|n| format!("RUN <<A{n}")).collect::<Vec<_>>().join("\n"),
        "\\\n".repeat(100_000),
        format!("CMD {}", "[".repeat(200_000)),
        format!("RUN <<{}", "${a:-".repeat(50_000)),
        format!("ENV {}", "a=b ".repeat(50_000)),
        "\0".repeat(100_000),
        format!("RUN a {}", "\\\nb".repeat(50_000)),
        "ONBUILD ".repeat(50_000),
        "--a ".repeat(50_000),
        format!("RUN {}", "--a ".repeat(50_000)),
        format!("COPY {} /", "<<E ".repeat(20_000)),
    ];
    for text in texts {
        parse(&text);
    }
    assert!(start.elapsed() < std::time::Duration::from_secs(20), "{:?}", start.elapsed());
    let text = "\u{feff}# escape=`\r\nFROM ü AS é`\n#c\n\
                COPY <<-'Ü' \"a\nÜ\nENV a=\"ß\\\" b='c\nCMD [\"\\ud83d\", \"ö\"]";
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        for at in parse(&text[..end]).instructions.iter().map(|instruction| instruction.range) {
            assert!(at.end as usize <= end && text.is_char_boundary(at.end as usize));
        }
    }
}
