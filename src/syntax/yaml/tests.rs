//! Tests of the tree as a whole: what is read, where it stands, and what hostile input costs.

use super::*;

/// The tree in one line: plain scalars bare, others quoted, errors by their places at the end.
fn show(text: &str) -> String {
    let tree = parse(text);
    let mut shown: Vec<String> = tree.roots().map(show_node).collect();
    for error in &tree.errors {
        shown.push(format!("error at {}: {}", error.range.start, error.value));
    }
    shown.join(" | ")
}

fn show_node(node: Ref<'_>) -> String {
    match node.kind() {
        Kind::Scalar { value, style: Style::Plain } => value.clone(),
        Kind::Scalar { value, .. } => format!("'{value}'"),
        Kind::Sequence(_) => format!("[{}]", node.items().map(show_node).collect::<Vec<_>>().join(" ")),
        Kind::Mapping(_) => {
            let entry = |(key, value): (Ref<'_>, Ref<'_>)| format!("{}:{}", show_node(key), show_node(value));
            format!("{{{}}}", node.entries().into_iter().map(entry).collect::<Vec<_>>().join(" "))
        }
    }
}

#[test]
fn documents_are_read() {
    for (text, expected) in [
        ("", ""),
        ("# only a comment\n", ""),
        ("a: 1\nb: [x, 'y', \"z\"]", "{a:1 b:[x 'y' 'z']}"),
        ("a: |\n  x\n  y\nb: >-\n  x\n  y", "{a:'x\ny\n' b:'x y'}"),
        ("{\"a\": {\"b\": null}}", "{'a':{'b':null}}"),
        ("a:\n- 1\n-\n- {}", "{a:[1  {}]}"),
        ("\u{feff}a: b", "{a:b}"),
        ("a: b\r\nc:\r\n  - d\r\n", "{a:b c:[d]}"),
        ("a:\tb\nc: \t d\ne:\t[f]\ng: |\n  :\th", "{a:b c:d e:[f] g:':\th\n'}"),
        ("a\n---\nb\n...\n%YAML 1.2\n---\nc", "a | b | c"),
        ("--- a\n--- b", "a | b"),
        ("---\n---\n# c\n---\na", " |  | a"),
        ("a: &x {k: v}\nb: *x", "{a:{k:v} b:{k:v}}"),
        ("a: [\n  1,\n]\nb: [\n{c: d},\n]", "{a:[1] b:[{c:d}]}"),
        ("x:\n  a: \"b\nc\"\n  d: 'e\n f'\n", "{x:{a:'b c' d:'e f'}}"),
        ("x:\n  a: [\n  1 # one\n  ]\n  b: 2", "{x:{a:[1] b:2}}"),
    ] {
        assert_eq!(show(text), expected, "{text:?}");
    }
}

#[test]
fn a_broken_document_takes_no_other_with_it() {
    for (text, expected) in [
        ("a: 1\n---\nb: [\n---\nc: 2", "{a:1} | {c:2} | error at 14: "),
        ("a: \"x\n---\nc: 2", "{c:2} | error at "),
        ("a: 1\n\tb: 2\n---\nc", "c | error at "),
        ("a: 1\0\n---\nb", "b | error at "),
        (
            "a: *x\n---\nb: &x 1\n---\nc: *x",
            "{b:1} | error at 3: while parsing node, found unknown anchor | error",
        ),
        ("a: 1\nb: 2\na: 3", "{a:1 b:2} | error at 10: the key `a` is given twice"),
        ("ü: [ü, ]]", "error at "),
    ] {
        let shown = show(text);
        assert!(shown.starts_with(expected), "{text:?} gave {shown}");
    }
}

#[test]
fn every_node_knows_its_bytes() {
    // Each scalar and collection of the text, in the order of the tree.
    let check = |text: &str, expected: &[&str]| {
        let tree = parse(text);
        assert_eq!(tree.errors, []);
        let ranges: Vec<_> = tree.nodes.iter().map(|node| &text[node.range.as_usize()]).collect();
        assert_eq!(ranges, expected, "{text}");
    };
    check("ü: \"é\" # c", &["ü: \"é\"", "ü", "\"é\""]);
    check("\u{feff}a: 'x''y'  \r\n", &["a: 'x''y'", "a", "'x''y'"]);
    check("a: &x !t v", &["a: &x !t v", "a", "v"]);
    check("a: &x # c\n  b: 1\nc: *x", &["a: &x # c\n  b: 1\nc", "a", "b: 1", "b", "1", "c"]);
    check("a: |- # c\n  x\n\nb: 1", &["a: |- # c\n  x\n\nb: 1", "a", "|- # c\n  x", "b", "1"]);
    check(
        "- - |\n    x\n  - >\n    y\n",
        &["- - |\n    x\n  - >\n    y", "- |\n    x\n  - >\n    y", "|\n    x", ">\n    y"],
    );
    check("a:\n- b # c\n-\n", &["a:\n- b # c\n-", "a", "- b # c\n-", "b", "-"]);
    check("a:   \nb: ", &["a:   \nb:", "a", "", "b", ""]);
    check("{a: [1, ], b, }", &["{a: [1, ], b, }", "a", "[1, ]", "1", "b", ""]);
    check("[ a: b  ]", &["[ a: b  ]", "a: b", "a", "b"]);
    check("x: [\n1\n]", &["x: [\n1\n]", "x", "[\n1\n]", "1"]);
    check("x:\n  a: \"b\nc\" # d\n", &["x:\n  a: \"b\nc\"", "x", "a: \"b\nc\"", "a", "\"b\nc\""]);
    check("a: b\n  c # d\n", &["a: b\n  c # d".trim_end_matches(" # d"), "a", "b\n  c"]);
    check("--- # c\n- |\n  x", &["- |\n  x", "|\n  x"]);
}

#[test]
fn an_absent_value_stands_after_its_colon() {
    let text = "a: b\nkey:   # none\nc: d";
    let tree = parse(text);
    let value = tree.root().and_then(|root| root.get("key")).expect("the key is there");
    assert!(value.is_null());
    assert_eq!(value.range(), Range::new(9, 9));
}

#[test]
fn merge_keys_give_what_is_not_given() {
    let text = "
base: &base {a: base, b: base}
more: &more {<<: *base, b: more, c: more}
one: {<<: *base, b: own}
chain: {<<: *more}
list: {x: own, <<: [*more, {c: list, d: list}]}
quoted: {'<<': {a: 1}}
wrong: {<<: 5, a: own}
";
    let tree = parse(text);
    let root = tree.root().expect("there is a document");
    for (path, expected) in [
        ("one.a", "base"),
        ("one.b", "own"),
        ("chain.a", "base"),
        ("chain.b", "more"),
        ("list.x", "own"),
        ("list.b", "more"),
        ("list.c", "more"),
        ("list.d", "list"),
        ("wrong.a", "own"),
        ("quoted.a", ""),
        ("one.c", ""),
    ] {
        let keys: Vec<_> = path.split('.').collect();
        assert_eq!(root.path(&keys).and_then(Ref::str).unwrap_or_default(), expected, "{path}");
    }
    assert_eq!(show_node(root.get("one").expect("it is there")), "{b:own a:base}");
    assert_eq!(show_node(root.get("list").expect("it is there")), "{x:own b:more c:more a:base d:list}");
}

#[test]
fn a_scalar_is_what_is_asked_for() {
    let check = |text: &str, bool_1_2, bool_1_1, integer, string: Option<&str>| {
        let tree = parse(text);
        let node = tree.root().expect("there is a document");
        let read = (node.as_bool(), node.as_bool_1_1(), node.as_i64(), node.str());
        assert_eq!(read, (bool_1_2, bool_1_1, integer, string), "{text}");
    };
    check("true", Some(true), Some(true), None, Some("true"));
    check("FALSE", Some(false), Some(false), None, Some("FALSE"));
    check("yes", None, Some(true), None, Some("yes"));
    check("Off", None, Some(false), None, Some("Off"));
    check("'true'", None, None, None, Some("true"));
    check("!!str true", None, None, None, Some("true"));
    check("8080", None, None, Some(8080), Some("8080"));
    check("-1", None, None, Some(-1), Some("-1"));
    check("0o17", None, None, Some(15), Some("0o17"));
    check("0xff", None, None, Some(255), Some("0xff"));
    check("0x-1", None, None, None, Some("0x-1"));
    check("\"8080\"", None, None, None, Some("8080"));
    check("~", None, None, None, None);
    check("'~'", None, None, None, Some("~"));
    check("--- ", None, None, None, None);
    check("[]", None, None, None, None);
}

#[test]
fn hostile_input_costs_little() {
    let bomb = (1..40).fold("a0: &a0 [x]\n".to_owned(), |text, level| {
        let below = level - 1;
        text + &format!("a{level}: &a{level} [*a{below}, *a{below}, *a{below}, *a{below}]\n")
    });
    let tree = parse(&bomb);
    let mut visited = 0;
    count(tree.root().expect("there is a document"), 0, &mut visited);
    assert!(visited < 1_000_000, "visited {visited}");
    assert_eq!(tree.root().map(|root| root.descendants().count()), Some(1 + 2 * 40 + 1));
    assert!(tree.into_errors()[0].value.starts_with("aliases expand"));

    let text = "x".repeat(100_000);
    let copies = format!("a: &a {text}\nb: [{}]", "*a,".repeat(100_000));
    let tree = parse(&copies);
    let list = tree.root().and_then(|root| root.get("b")).map(Ref::strings).unwrap_or_default();
    assert!(list.len() < 100, "{} copies", list.len());

    // Repairs are bounded over the whole file, not for each document alone.
    let tabs = (0..5_000).map(|key| format!("{key}:\tb\n")).collect::<Vec<_>>().concat();
    assert_eq!(parse(&format!("a:\tb\n---\n{tabs}")).documents.len(), 1);

    let circle = parse("a: &a {<<: *a, b: 1, <<: *a}\nc: &c [*c]");
    let root = circle.root().expect("there is a document");
    assert_eq!(root.path(&["a", "b"]).and_then(Ref::as_i64), Some(1));
    assert!(root.path(&["a", "x"]).is_none());
    assert_eq!(root.descendants().count(), 8);
}

fn count(node: Ref<'_>, depth: usize, visited: &mut usize) {
    *visited += 1;
    if depth < 100 {
        let children = node.entries().into_iter().map(|(_, value)| value).chain(node.items());
        children.for_each(|child| count(child, depth + 1, visited));
    }
}

#[test]
fn nesting_and_size_have_limits() {
    for (text, message) in [
        ("[".repeat(100_000), "nesting is deeper than 200 levels"),
        ("- ".repeat(100_000), "nesting is deeper than 200 levels"),
        ("{a: ".repeat(100_000), "nesting is deeper than 200 levels"),
        ("-\n".repeat(1_000_001), "there are more than 1000000 values"),
    ] {
        let tree = parse(&format!("a: b\n---\n{text}\n---\nc: d"));
        assert_eq!(tree.documents.len(), 1, "what stands before is kept, what follows is not read");
        assert_eq!(tree.errors.iter().map(|error| error.value.as_str()).collect::<Vec<_>>(), [message]);
    }
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    assert_eq!(parse(&deep).errors, []);
}

#[test]
fn what_stands_around_a_fault_is_read() {
    let show = |text: &str| {
        let tree = parse_around(text);
        let shown: Vec<String> = tree.roots().map(show_node).collect();
        let errors: Vec<usize> = tree.errors.iter().map(|error| error.range.as_usize().start).collect();
        (shown.join(" | "), errors.len())
    };
    for (text, expected, errors) in [
        ("a: 1\nb: 2\n", "{a:1 b:2}", 0),
        ("a: 1\nb: \"x\nc: 3\n", "{a:1 c:3}", 1),
        ("a: 1\nb: \"x\nc: \"y\"\nd: 4\n", "{a:1 c:'y' d:4}", 1),
        ("a: 1\nb: [x\nc: 3\n", "{a:1 c:3}", 1),
        ("a: 1\nb: {x: 1\nc: 3\n", "{a:1 c:3}", 1),
        ("a: 1\nb: c: d\ne: 3\n", "{a:1 e:3}", 1),
        ("a:\n  b: 1\n\tc: 2\n  d: 3\ne: 4\n", "{a:{d:3} e:4}", 1),
        ("a:\n  - b: 1\n    c: *x\n  - d: 2\n", "{a:[{b:1} {d:2}]}", 1),
        ("a: @x\nb: 1\nc: `y`\nd: 2\n", "{b:1 d:2}", 2),
        ("a: 1\n%b\nc: 2\n", "{a:1 c:2}", 1),
        ("a: 1\n---\nb: [\nc: 2\n", "{a:1} | {c:2}", 1),
    ] {
        assert_eq!(show(text), (expected.to_owned(), errors), "{text:?}");
    }
}
