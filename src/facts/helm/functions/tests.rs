use super::*;
use crate::facts::helm::render;
use crate::facts::helm::rewrite::Rewrite;
use crate::facts::helm::values;

/// What a template prints, given some YAML.
fn run(template: &str, dot: &str) -> std::result::Result<String, String> {
    let (tree, defines) = render::parse(template)?;
    let rewrite = Rewrite { file: 0, text: template, is_main: false };
    let levels = Arc::new(defines.iter().map(|define| (define.name.to_string(), 1)).collect());
    let state = Arc::new(State::default());
    let whole = Arc::new_cyclic(|weak| {
        let empty = Template::new("").funcs(all(&state, weak, &levels));
        let named =
            defines.iter().fold(empty, |all, it| all.add_parse_tree(&it.name, rewrite.list(&it.body)));
        named.add_parse_tree("\0", rewrite.list(&tree))
    });
    let mut out = core::Text::default();
    let dot = values::parse(dot).expect("it is YAML");
    whole.execute_template_fmt(&mut out, "\0", &dot).map_err(|error| error.to_string())?;
    Ok(out.0)
}

fn check(cases: &[(&str, &str)]) {
    const DOT: &str = "a: x\nempty: ''\nzero: 0\nno: false\nn: 3\nlist: [c, a, b]\nmap: {b: 1, a: {c: d}}\n";
    for (template, expected) in cases {
        assert_eq!(run(template, DOT).as_deref(), Ok(*expected), "{template}");
    }
}

#[test]
fn choice_looks_at_what_is_empty() {
    check(&[
        (
            "{{ .a | default \"y\" }}{{ .empty | default \"y\" }}{{ .zero | default 5 }}{{ .gone | default 7 }}",
            "xy57",
        ),
        ("{{ coalesce .gone .empty .n 4 }}", "3"),
        ("{{ ternary \"yes\" \"no\" true }}{{ .no | ternary \"yes\" \"no\" }}", "yesno"),
        ("{{ empty .list }} {{ empty .gone }} {{ not .no }}", "false true true"),
        ("{{ if and .a (eq (int .n) 3) }}b{{ end }}", "b"),
        ("{{ eq .n 3.0 }}{{ ne .a \"x\" }}{{ lt 1 .n }}", "truefalsetrue"),
        (
            "{{ kindIs \"map\" .map }} {{ kindIs \"string\" .a }} {{ kindIs \"slice\" .list }} {{ kindOf .no }}",
            "true true true bool",
        ),
        ("{{ required \"no\" .a }}", "x"),
    ]);
}

#[test]
fn texts_are_cut_and_indented() {
    check(&[
        ("{{ \"abcdef\" | trunc 3 }}{{ trunc -2 \"abc\" }}", "abcbc"),
        ("{{ \"a-\" | trimSuffix \"-\" }}{{ trimPrefix \"v\" \"v1\" }}{{ trimAll \"$\" \"$5$\" }}", "a15"),
        ("{{ quote .a .n }} {{ squote .a }} {{ quote .gone }}", "\"x\" \"3\" 'x' "),
        ("{{ \"a\\nb\" | nindent 2 }}", "\n  a\n  b"),
        ("{{ \"a\\nb\" | indent 2 }}", "  a\n  b"),
        (
            "{{ replace \" \" \"-\" \"a b\" }} {{ upper .a }} {{ title \"ab cd\" }} {{ contains \"b\" \"abc\" }}",
            "a-b X Ab Cd true",
        ),
        ("{{ printf \"%s-%d-%v-%05.1f\" .a .n .no 1.25 }}", "x-3-false-001.2"),
        ("{{ print .a \"b\" 1 2 }}", "xb1 2"),
        (
            "{{ kebabcase \"FirstName\" }} {{ snakecase \"FirstName\" }} {{ camelcase \"a_b\" }}",
            "first-name first_name AB",
        ),
        ("{{ regexReplaceAll \"(a+)\" \"baac\" \"<$1>\" }} {{ regexMatch \"^b\" \"bc\" }}", "b<aa>c true"),
        (
            "{{ substr 1 3 \"abcd\" }} {{ repeat 3 \"a\" }} {{ nospace \"a b\" }} {{ abbrev 5 \"abcdefg\" }}",
            "bc aaa ab ab...",
        ),
        // As Go prints what is not there.
        ("{{ .gone }}|{{ print .gone }}", "|<nil>"),
    ]);
}

#[test]
fn values_become_yaml_with_sorted_keys() {
    check(&[
        ("{{ toYaml .map }}", "a:\n  c: d\nb: 1"),
        ("{{ toYaml .list }}", "- c\n- a\n- b"),
        ("{{ toYaml (dict \"k\" (list (dict \"b\" 1 \"a\" 2))) }}", "k:\n- a: 2\n  b: 1"),
        (
            "{{ toYaml (list \"yes\" \"1\" \"\" \"a: b\" \"*\" \"a b\") }}",
            "- \"yes\"\n- \"1\"\n- \"\"\n- \"a: b\"\n- \"*\"\n- a b",
        ),
        ("{{ toYaml (dict \"k\" \"a\\nb\\n\") }}", "k: |\n  a\n  b"),
        ("{{ toYaml (dict \"k\" dict \"l\" list \"n\" nil) }}", "k: {}\nl: []\n\"n\": null"),
        ("{{ toJson .map }}", "{\"a\":{\"c\":\"d\"},\"b\":1}"),
        ("{{ (fromYaml \"a: {b: 1}\").a.b }} {{ (fromJson \"{}\") | len }}", "1 0"),
        ("{{ b64enc \"a\" }} {{ \"YQ==\" | b64dec }}", "YQ== a"),
    ]);
}

#[test]
fn maps_are_references() {
    check(&[
        ("{{ $d := dict \"a\" 1 }}{{ $_ := set $d \"b\" 2 }}{{ $d.b }}{{ toJson $d }}", "2{\"a\":1,\"b\":2}"),
        (
            "{{ $_ := set .map \"z\" .n }}{{ .map.z }}{{ hasKey .map \"z\" }}{{ $_ := unset .map \"z\" }}{{ hasKey .map \"z\" }}",
            "3truefalse",
        ),
        (
            "{{ $d := dict }}{{ $_ := set $d \"b\" 2 }}{{ if $d }}yes{{ end }}{{ range $k, $v := $d }}{{ $k }}{{ $v }}{{ end }}",
            "yesb2",
        ),
        ("{{ merge (dict \"a\" 1) (dict \"a\" 2 \"b\" 3) | toJson }}", "{\"a\":1,\"b\":3}"),
        (
            "{{ mergeOverwrite (dict \"a\" (dict \"x\" 1)) (dict \"a\" (dict \"x\" 2 \"y\" 3)) | toJson }}",
            "{\"a\":{\"x\":2,\"y\":3}}",
        ),
        ("{{ dig \"map\" \"a\" \"c\" \"no\" . }} {{ dig \"map\" \"q\" \"no\" . }}", "d no"),
        (
            "{{ get .map \"b\" }}{{ get .map \"q\" }} {{ keys .map }} {{ pick .map \"b\" | toJson }} {{ omit .map \"b\" | toJson }}",
            "1 [a b] {\"b\":1} {\"a\":{\"c\":\"d\"}}",
        ),
        ("{{ $c := deepCopy .map }}{{ $_ := set $c \"b\" 9 }}{{ .map.b }}{{ $c.b }}", "19"),
    ]);
}

#[test]
fn lists_are_made_and_asked() {
    check(&[
        (
            "{{ list 1 \"a\" | join \",\" }} {{ first .list }}{{ last .list }} {{ rest .list }} {{ initial .list }}",
            "1,a cb [a b] [c a]",
        ),
        (
            "{{ sortAlpha .list }} {{ has \"a\" .list }} {{ without .list \"a\" }} {{ append .list \"d\" }}",
            "[a b c] true [c b] [c a b d]",
        ),
        (
            "{{ until 3 }} {{ untilStep 3 0 -1 }} {{ concat .list (list 1) | len }} {{ index .list 1 }} {{ uniq (list 1 1 2) }}",
            "[0 1 2] [3 2 1] 4 a [1 2]",
        ),
        (
            "{{ (split \"/\" \"a/b\")._1 }} {{ splitList \".\" \"a.b\" }} {{ index .map \"a\" \"c\" }}",
            "b [a b] d",
        ),
        (
            "{{ add 1 2 3 }} {{ sub 5 2 }} {{ mul 2 3 }} {{ div 7 2 }} {{ mod 7 2 }} {{ max 1 3 2 }} {{ add1 1 }} {{ int \"08\" }}",
            "6 3 6 3 1 3 2 8",
        ),
    ]);
}

#[test]
fn versions_are_compared_as_masterminds_does() {
    for (constraint, version, is_allowed) in [
        (">=1.19-0", "v1.33.0", true),
        (">=1.19-0", "1.18.9", false),
        ("^1.2", "1.9.0", true),
        ("^1.2", "2.0.0", false),
        ("^0.2.3", "0.3.0", false),
        ("~1.2", "1.2.9", true),
        ("~1.2", "1.3.0", false),
        ("1.x", "1.30.1", true),
        ("<1.14-0 || >=2", "2.1.0", true),
        (">1.2 <1.5", "1.4.9", true),
        ("<=1.2", "1.2.7", true),
        (">1.2", "1.2.7", false),
        ("1.1 - 1.3", "1.2.0", true),
        (">=1.0.0", "1.2.0-rc.1", false),
        ("*", "1.0.0", true),
    ] {
        let template = format!("{{{{ semverCompare {constraint:?} {version:?} }}}}");
        assert_eq!(run(&template, "{}"), Ok(is_allowed.to_string()), "{constraint} {version}");
    }
}

#[test]
fn templates_run_templates() {
    check(&[
        (
            "{{ define \"t\" }}<{{ .a }}>{{ end }}{{ include \"t\" . | upper }}{{ template \"t\" . }}",
            "<X><x>",
        ),
        ("{{ tpl \"{{ .a }}{{ .n }}\" . }}{{ tpl \"plain\" . }}", "x3plain"),
        ("{{ with .map }}{{ .b }}{{ $.a }}{{ end }}{{ with .gone }}no{{ else }}else{{ end }}", "1xelse"),
        ("{{ range $i, $v := .list }}{{ $i }}{{ $v }}{{ end }}", "0c1a2b"),
        ("{{ (.gone).x }}|{{ with .gone }}{{ end }}", "|"),
    ]);
}

#[test]
fn what_is_absent_has_no_fields() {
    let error = run("{{ .gone.x }}", "{}").expect_err("Go fails");
    assert!(error.contains("`gone` has no value"), "{error}");
    assert!(run("{{ nosuchfunction 1 }}", "{}").is_err());
    assert!(run("{{ include \"nosuch\" . }}", "{}").is_err());
}

#[test]
fn what_is_not_known_makes_what_depends_on_it_unknown() {
    let unknown = |template: &str| run(template, "{}");
    assert_eq!(unknown("{{ required \"x\" .gone | quote }}"), Ok(format!("\"{UNKNOWN}\"")));
    assert_eq!(unknown("{{ randAlphaNum 8 | b64enc }}"), Ok(UNKNOWN.to_owned()));
    assert_eq!(unknown("{{ eq (required \"x\" .gone) \"a\" }}"), Ok(UNKNOWN.to_owned()));
    assert!(unknown("{{ if required \"x\" .gone }}a{{ end }}").is_err());
    assert!(unknown("{{ range required \"x\" .gone }}a{{ end }}").is_err());
}

#[test]
fn hostile_templates_end() {
    for template in [
        "{{ define \"t\" }}{{ include \"t\" . }}{{ end }}{{ include \"t\" . }}",
        "{{ define \"t\" }}{{ template \"t\" . }}{{ template \"t\" . }}{{ end }}{{ template \"t\" . }}",
        "{{ define \"t\" }}{{ tpl . . }}{{ end }}{{ tpl \"{{ tpl . . }}\" \"{{ tpl . . }}\" }}",
        "{{ range until 1000000000 }}a{{ end }}",
        "{{ range $i := 1000000000 }}{{ $i }}{{ end }}",
        "{{ range $i := 100000 }}{{ range $j := 100000 }}{{ $j }}{{ end }}{{ end }}",
        "{{ repeat 1000000000 \"abc\" }}",
        "{{ $s := \"aaaaaaaaaaaaaaaa\" }}{{ range until 60 }}{{ $s = print $s $s }}{{ end }}{{ $s }}",
        "{{ $s := \"aaaaaaaaaaaaaaaa\" }}{{ range until 60 }}{{ $s = printf \"%s%s\" $s $s }}{{ end }}",
        "{{ $l := list 1 }}{{ range until 60 }}{{ $l = concat $l $l }}{{ end }}",
        "{{ $d := dict }}{{ range until 9999 }}{{ $d = dict \"a\" $d }}{{ end }}",
        "{{ $d := dict }}{{ range until 60 }}{{ $d = dict \"a\" $d \"b\" $d }}{{ end }}{{ toYaml $d }}",
        "{{ $d := dict }}{{ $_ := set $d \"a\" $d }}{{ toYaml $d }}",
        "{{ range until 9999 }}{{ range until 9999 }}{{ print 1 }}{{ end }}{{ end }}",
        "{{ indent 100000000 \"a\\nb\" }}",
        "{{ regexMatch \"(a{1000}){1000}\" \"a\" }}",
    ] {
        assert!(run(template, "{}").is_err(), "{template}");
    }
}

#[test]
fn long_chains_of_alternatives_are_not_parsed() {
    let chain = format!("{{{{ if .a }}}}{}{{{{ end }}}}", "{{ else if .b }}".repeat(100_000));
    assert!(render::parse(&chain).is_err());
    let nested = format!("{}{}", "{{ if .a }}".repeat(5_000), "{{ end }}".repeat(5_000));
    assert!(render::parse(&nested).is_err());
    let parens = format!("{{{{ {}1{} }}}}", "(".repeat(5_000), ")".repeat(5_000));
    assert!(render::parse(&parens).is_err());
    let deep = format!("{}a{}", "{{ if true }}".repeat(90), "{{ end }}".repeat(90));
    assert_eq!(run(&deep, "{}").as_deref(), Ok("a"));
}
