//! What the command of a probe asks: the URL of curl and wget, the port of nc and of `grpc_health_probe`.

use super::{Asks, HttpAsk, PortAsk};
use crate::model::value::{Part, Text};
use crate::source::file_name;
use crate::span::Span;
use crate::syntax::shell;

/// Commands within commands end here.
const MAX_DEPTH: usize = 4;

/// Options of curl that take the next word.
const CURL_VALUES: &[&str] = &[
    "-o",
    "--output",
    "-w",
    "--write-out",
    "-H",
    "--header",
    "-X",
    "--request",
    "-d",
    "--data",
    "--data-raw",
    "-m",
    "--max-time",
    "--connect-timeout",
    "--retry",
    "--retry-delay",
    "--retry-max-time",
    "-u",
    "--user",
    "-A",
    "--user-agent",
    "-b",
    "--cookie",
    "-x",
    "--proxy",
    "-E",
    "--cert",
    "--cacert",
    "--key",
    "-e",
    "--referer",
    "--unix-socket",
    "--resolve",
    "--connect-to",
    "--interface",
    "-F",
    "--form",
    "--url-query",
];

/// Options of wget that take the next word.
const WGET_VALUES: &[&str] = &[
    "-O",
    "--output-document",
    "-o",
    "--output-file",
    "-T",
    "--timeout",
    "-t",
    "--tries",
    "-U",
    "--user-agent",
    "--header",
    "--user",
    "--password",
    "--post-data",
    "-Y",
    "-P",
];

/// Options with which a request is no plain GET of this container.
const OTHER_REQUEST: &[&str] = &[
    "-X",
    "--request",
    "-d",
    "--data",
    "--data-raw",
    "--data-binary",
    "-F",
    "--form",
    "--post-data",
    "--post-file",
    "--method",
    "--unix-socket",
    "--resolve",
    "--connect-to",
    "-x",
    "--proxy",
    "-T",
    "--upload-file",
];

/// What a command without a shell asks.
pub(crate) fn asks_of_words(words: &[String], span: Span) -> Asks {
    of_words(words, span, None, 0)
}

/// What a text for the shell asks.
pub(crate) fn asks_of_script(text: &str, span: Span) -> Asks {
    of_script(text, span, 0)
}

/// Whether a text for the shell ends well whatever it ran: `curl … || true`, `curl …; exit 0`.
pub(super) fn never_fails(text: &str) -> bool {
    let script = shell::parse(text);
    let commands: Vec<_> = script.commands.iter().filter(|command| !command.context.function).collect();
    let [first, .., last] = commands.as_slice() else { return false };
    let words: Vec<&str> = last.words.iter().map(String::as_str).collect();
    let is_plain = commands.iter().all(|command| !command.context.looped && !command.context.subshell);
    // A status that is asked for before may end the script.
    let leaves = commands[..commands.len() - 1]
        .iter()
        .any(|command| matches!(command.words.first().map(String::as_str), Some("exit" | "set")));
    script.errors.is_empty()
        && !text.contains("&&")
        && is_plain
        && !leaves
        && !first.context.conditional
        && matches!(words.as_slice(), ["true" | ":"] | ["exit", "0"])
}

fn of_script(text: &str, span: Span, depth: usize) -> Asks {
    of_parsed(&shell::parse(text), span, depth)
}

/// What a script that is parsed asks.
pub(crate) fn of_parsed(script: &shell::Script, span: Span, depth: usize) -> Asks {
    if !script.errors.is_empty() || depth > MAX_DEPTH {
        return Asks::Unclear("its command could not be parsed".into());
    }
    let assigned: Vec<String> =
        script.commands.iter().flat_map(|it| &it.assignments).map(|(name, _)| name.clone()).collect();
    let mut first = Asks::Command;
    for command in script.commands.iter().filter(|command| !command.context.function) {
        match of_words(&command.words, span, Some(&assigned), depth + 1) {
            unclear @ Asks::Unclear(_) if first == Asks::Command => first = unclear,
            Asks::Command | Asks::Unclear(_) => {}
            found => return found,
        }
    }
    first
}

/// `variables`: those that the script itself sets, where a shell expands any.
fn of_words(words: &[String], span: Span, variables: Option<&[String]>, depth: usize) -> Asks {
    let Some((program, args)) = words.split_first() else { return Asks::Command };
    match file_name(program) {
        "exec" | "!" => of_words(args, span, variables, depth),
        "timeout" => {
            let skipped = args.iter().take_while(|word| word.starts_with('-')).count() + 1;
            of_words(args.get(skipped..).unwrap_or_default(), span, variables, depth)
        }
        "sh" | "bash" | "ash" | "dash" => {
            let option = args.iter().position(|word| word.starts_with('-') && word.contains('c'));
            match option.and_then(|at| args.get(at + 1)) {
                Some(text) => of_script(text, span, depth + 1),
                None => Asks::Unclear("what its script asks is not known".into()),
            }
        }
        "curl" => of_request(args, span, variables, CURL_VALUES, 'o'),
        "wget" => of_request(args, span, variables, WGET_VALUES, 'O'),
        "nc" | "ncat" | "netcat" => {
            let plain: Vec<&String> = args.iter().filter(|word| !word.starts_with('-')).collect();
            let is_udp = args.iter().any(|word| word.starts_with('-') && word.contains('u'));
            match plain.as_slice() {
                [.., host, port] if !is_udp => Asks::Tcp(PortAsk {
                    port: text(port, variables),
                    span,
                    is_elsewhere: !is_local(&text(host, variables)),
                }),
                _ => Asks::Unclear("the port that it asks is not known".into()),
            }
        }
        "grpc_health_probe" | "grpc-health-probe" => {
            let address = args.iter().enumerate().find_map(|(at, word)| {
                let word = word.trim_start_matches('-').strip_prefix("addr")?;
                word.strip_prefix('=').map(str::to_owned).or_else(|| args.get(at + 1).cloned())
            });
            match address.as_deref().and_then(|address| address.rsplit_once(':')) {
                Some((host, port)) => Asks::Grpc(PortAsk {
                    port: text(port, variables),
                    span,
                    is_elsewhere: !host.is_empty() && !is_local(&text(host, variables)),
                }),
                None => Asks::Unclear("the address that it asks is not known".into()),
            }
        }
        name if [".sh", ".bash", ".py"].iter().any(|end| name.ends_with(end)) => {
            Asks::Unclear(format!("what `{name}` asks is not known"))
        }
        _ => Asks::Command,
    }
}

/// The request of curl or wget. `output`: the letter that ends a group of options and takes the next word.
fn of_request(
    args: &[String],
    span: Span,
    variables: Option<&[String]>,
    values: &[&str],
    output: char,
) -> Asks {
    let mut urls = Vec::new();
    let mut words = args.iter();
    let (mut is_other, mut is_head) = (false, false);
    while let Some(word) = words.next() {
        let name = word.split('=').next().unwrap_or_default();
        let group = word.strip_prefix('-').filter(|rest| !rest.starts_with('-') && rest.len() > 1);
        is_other |= OTHER_REQUEST.contains(&name) && !(name == "-T" && output == 'O');
        is_head |= matches!(name, "--head" | "--spider" | "-I")
            || output == 'o' && group.is_some_and(|it| it.contains('I'));
        if name == "--url" {
            urls.extend(
                word.split_once('=').map(|(_, url)| url.to_owned()).or_else(|| words.next().cloned()),
            );
        } else if values.contains(&word.as_str()) || group.is_some_and(|group| group.ends_with(output)) {
            words.next();
        } else if !word.starts_with('-') {
            urls.push(word.clone());
        }
    }
    let Some(url) = urls.iter().find(|url| url.contains("://")).or(urls.first()) else {
        return Asks::Unclear("the address that it asks is not known".into());
    };
    let method = if is_head { Some("HEAD") } else { Some("GET") };
    let (host, port, path) = split(&text(url, variables));
    Asks::Http(HttpAsk {
        path,
        path_at: span,
        at: PortAsk { port, span, is_elsewhere: !is_local(&host) },
        method: method.filter(|_| !is_other),
    })
}

/// Host, port and path of a URL.
fn split(url: &Text) -> (Text, Text, Text) {
    // What is not written down stands as one sign each, and is put back into the halves.
    let sign = |at: usize| char::from_u32(0xE000 + u32::try_from(at).unwrap_or(0)).unwrap_or('\u{E000}');
    let whole: String = url
        .parts
        .iter()
        .enumerate()
        .map(|(at, part)| match part {
            Part::Known(text) => text.clone(),
            _ => sign(at).to_string(),
        })
        .collect();
    let back = |piece: &str| -> Text {
        let mut text = Text::default();
        for c in piece.chars() {
            match (0..url.parts.len()).find(|at| sign(*at) == c) {
                Some(at) => text.parts.push(url.parts[at].clone()),
                None => match text.parts.last_mut() {
                    Some(Part::Known(known)) => known.push(c),
                    _ => text.parts.push(Part::Known(c.to_string())),
                },
            }
        }
        text
    };
    let (scheme, rest) = whole.split_once("://").unwrap_or(("http", &whole));
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let colon = authority.rfind(':').filter(|at| !authority[*at..].contains(']'));
    let (host, port) = match colon {
        Some(at) => (&authority[..at], back(&authority[at + 1..])),
        None => (authority, Text::known(if scheme == "https" { "443" } else { "80" })),
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    (back(host), port, back(if path.is_empty() { "/" } else { path }))
}

fn is_local(host: &Text) -> bool {
    host.literal().is_some_and(|host| {
        let host = host.trim_matches(['[', ']']);
        matches!(host, "localhost" | "0.0.0.0" | "::1" | "::" | "ip6-localhost") || host.starts_with("127.")
    })
}

/// A word with its variables, where a shell expands any.
fn text(word: &str, variables: Option<&[String]>) -> Text {
    let Some(assigned) = variables else { return Text::known(word) };
    let mut text = Text::default();
    let mut rest = word;
    while let Some(at) = rest.find(['$', '`']) {
        if at > 0 {
            text.parts.push(Part::Known(rest[..at].to_owned()));
        }
        let after = &rest[at + 1..];
        let (inner, length) = match after.strip_prefix('{') {
            Some(braced) => match braced.find('}') {
                Some(end) => (&braced[..end], end + 2),
                None => (braced, after.len()),
            },
            // What a command prints.
            None if after.starts_with('(') || rest[at..].starts_with('`') => {
                let close = if after.starts_with('(') { ')' } else { '`' };
                ("", after.find(close).map_or(after.len(), |end| end + 1))
            }
            None => {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                (&after[..end], end)
            }
        };
        let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
        let (name, operator) = inner.split_at(end);
        let default = operator.strip_prefix(":-").or_else(|| operator.strip_prefix('-'));
        let is_read =
            rest[at..].starts_with('$') && !name.is_empty() && !assigned.iter().any(|own| own == name);
        if !is_read || !(operator.is_empty() || default.is_some_and(|it| !it.contains(['$', '`']))) {
            text.parts.push(Part::Unknown);
        } else {
            let default = default.map(|default| Box::new(Text::known(default)));
            text.parts.push(Part::Env { name: name.to_owned(), default });
        }
        rest = &after[length..];
    }
    if !rest.is_empty() {
        text.parts.push(Part::Known(rest.to_owned()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::{FileId, Range};

    fn shown(text: &Text) -> String {
        let part = |part: &Part| match part {
            Part::Known(text) => text.clone(),
            Part::Env { name, default } => {
                format!("${name}:{}", default.as_ref().and_then(|it| it.literal()).unwrap_or_default())
            }
            _ => "?".to_owned(),
        };
        text.parts.iter().map(part).collect()
    }

    fn told(script: &str) -> String {
        match asks_of_script(script, Span::new(FileId(0), Range::new(0, 0))) {
            Asks::Http(ask) => format!(
                "{} {} {}{}",
                ask.method.unwrap_or("?"),
                shown(&ask.at.port),
                shown(&ask.path),
                if ask.at.is_elsewhere { " elsewhere" } else { "" },
            ),
            Asks::Tcp(at) => format!("tcp {}", shown(&at.port)),
            Asks::Grpc(at) => format!("grpc {}", shown(&at.port)),
            Asks::Command => "command".to_owned(),
            Asks::Unclear(_) => "unclear".to_owned(),
        }
    }

    #[test]
    fn a_command_that_cannot_fail_is_told() {
        for (script, expected) in [
            ("curl -f http://localhost/ || true", true),
            ("curl -f http://localhost/ || exit 0", true),
            ("curl -f http://localhost/; exit 0", true),
            ("curl -f http://localhost/ || exit 1", false),
            ("curl -f http://localhost/ || exit 1; exit 0", false),
            ("if curl -f http://localhost/; then exit 0; fi; exit 1", false),
            ("if curl -f http://localhost/; then exit 0; else exit 1; fi", false),
            ("curl -f http://localhost/ && exit 0", false),
            ("true", false),
        ] {
            assert_eq!(never_fails(script), expected, "{script}");
        }
    }

    #[test]
    fn what_a_command_asks_is_read_through_the_shell() {
        for (script, expected) in [
            ("curl -f http://localhost:8080/health || exit 1", "GET 8080 /health"),
            ("curl -fsS -o /dev/null \"http://localhost:${PORT:-8888}/healthz\"", "GET $PORT:8888 /healthz"),
            ("curl --silent --fail localhost:3000/", "GET 3000 /"),
            ("curl -sfo /dev/null http://127.0.0.1", "GET 80 /"),
            ("curl http://localhost:80/live?full=1", "GET 80 /live"),
            ("curl -I -k --fail https://localhost/up", "HEAD 443 /up"),
            ("curl -f -X POST http://localhost:80/check", "? 80 /check"),
            ("curl -f -H 'Host: example.com' http://localhost:80/a", "GET 80 /a"),
            ("curl -f http://db:8123/ping", "GET 8123 /ping elsewhere"),
            ("wget -qO- http://localhost:80/ready | grep ok", "GET 80 /ready"),
            ("wget --spider -q -T 5 http://[::1]:9000/ready", "HEAD 9000 /ready"),
            ("timeout 3 wget -q http://0.0.0.0:80/x -O /dev/null", "GET 80 /x"),
            ("sh -c 'curl -f http://localhost:80/x'", "GET 80 /x"),
            ("PORT=1; curl -f http://localhost:$PORT/x", "GET ? /x"),
            ("curl -f http://localhost:$(cat /port)/x", "GET ? /x"),
            ("nc -z localhost 5432", "tcp 5432"),
            ("grpc_health_probe -addr=:50051", "grpc 50051"),
            ("/healthcheck.sh", "unclear"),
            ("/app/api health", "command"),
            ("curl -f 'http://localhost", "unclear"),
        ] {
            assert_eq!(told(script), expected, "{script}");
        }
    }
}
