use super::*;

/// What the last stage of a file is and does, in one line.
fn summary(text: &str) -> String {
    let facts = extract(text);
    let last = facts.final_stage().expect("the file has a stage");
    let value = |value: Option<&At<Value>>| {
        value.map_or_else(
            || "-".to_owned(),
            |value| format!("{}{}", value.value.text, if value.value.resolved { "" } else { "?" }),
        )
    };
    let command = |command: Option<&Command>| {
        let Some(command) = command else { return "-".to_owned() };
        let words: Vec<_> = facts.started(last, command).into_iter().map(|word| word.value.text).collect();
        match command.form {
            Form::Exec(_) => format!("[{}]", words.join(",")),
            Form::Shell(_) => format!("<{}>", words.join(",")),
        }
    };
    format!(
        "user {} dir {} entry {} cmd {}",
        value(facts.effective_user(last)),
        value(facts.effective_workdir(last)),
        command(facts.effective_entrypoint(last)),
        command(facts.effective_cmd(last)),
    )
}

#[track_caller]
fn check_bases(text: &str, expected: &[&str]) {
    let facts = extract(text);
    assert_eq!(facts.errors, [], "{text}");
    let bases = facts.stages.iter().map(|stage| match &stage.base {
        Base::Scratch => "scratch".to_owned(),
        Base::Stage(index) => format!("#{index}"),
        Base::Image(image) => image.to_string(),
        Base::Unresolved(what) => format!("?{what}"),
    });
    assert_eq!(bases.collect::<Vec<_>>(), expected, "{text}");
}

#[test]
fn bases() {
    check_bases("FROM scratch", &["scratch"]);
    check_bases("FROM a:1 AS Base\nFROM bASE as c\nFROM c", &["a:1", "#0", "#1"]);
    check_bases("FROM a AS a\nFROM a", &["a", "#0"]);
    check_bases("FROM a AS x\nFROM b AS x\nFROM x", &["a", "b", "#1"]);
    check_bases("ARG V=1.2\nARG I=rust:$V\nFROM ${I}-slim", &["rust:1.2-slim"]);
    check_bases("ARG V=\"12\"\nFROM debian:$V", &["debian:12"]);
    check_bases("ARG V\nFROM debian:${V:-12.5}\nFROM b${V:+:1}", &["debian:12.5", "b"]);
    check_bases("ARG V\nFROM debian:$V", &["?V"]);
    check_bases("FROM a:1\nARG V=2\nFROM b:$V", &["a:1", "?V"]);
    check_bases("FROM ${REG:-docker.io}/a:1", &["docker.io/a:1"]);
    check_bases("FROM a-$TARGETARCH\nFROM b-${TARGETARCH:-x}", &["?TARGETARCH", "?TARGETARCH"]);
    check_bases("ARG TARGETARCH\nFROM a-$TARGETARCH", &["?TARGETARCH"]);
    check_bases("ARG A=b\nFROM x AS b\nFROM $A", &["x", "#0"]);
    check_bases("FROM UPPER:1", &["?UPPER:1"]);
}

#[test]
fn users_directories_and_commands_are_inherited() {
    let cases = [
        ("FROM a\nUSER 1", "user 1 dir - entry - cmd -"),
        ("FROM a AS b\nUSER 1\nWORKDIR /x\nFROM b\nWORKDIR y", "user 1 dir /x/y entry - cmd -"),
        ("FROM a\nWORKDIR y", "user - dir y? entry - cmd -"),
        ("FROM scratch\nWORKDIR y\nWORKDIR ./z", "user - dir /y/z entry - cmd -"),
        ("FROM a\nARG U=10\nUSER ${U}:${U}", "user 10:10 dir - entry - cmd -"),
        ("ARG U=10\nFROM a\nUSER $U", "user ${U}? dir - entry - cmd -"),
        ("ARG U=10\nFROM a\nARG U\nUSER $U", "user 10 dir - entry - cmd -"),
        ("FROM a AS b\nARG U=10\nFROM b\nUSER $U", "user 10 dir - entry - cmd -"),
        ("FROM a\nENV D=/d E=$D/e\nWORKDIR $D$E", "user - dir /d${E}? entry - cmd -"),
        ("FROM a\nENV D=/d\nENV E=$D/e\nWORKDIR $E", "user - dir /d/e entry - cmd -"),
        ("FROM a\nENTRYPOINT [\"x\"]\nCMD y", "user - dir - entry [x] cmd <y>"),
        ("FROM a AS b\nCMD y\nFROM b\nENTRYPOINT [\"x\"]", "user - dir - entry [x] cmd -"),
        ("FROM a\nCMD y\nENTRYPOINT [\"x\"]", "user - dir - entry [x] cmd <y>"),
        ("FROM a AS b\nENTRYPOINT [\"x\"]\nFROM b\nCMD y", "user - dir - entry [x] cmd <y>"),
        ("FROM a AS b\nENTRYPOINT x\nFROM b\nENTRYPOINT []", "user - dir - entry [] cmd -"),
        ("FROM a\nARG B=c\nENV P=80\nCMD app $P $B '$P'", "user - dir - entry - cmd <app 80 $B '$P'>"),
        ("FROM a\nENV P=80\nCMD [\"app\", \"$P\"]", "user - dir - entry - cmd [app,$P]"),
        ("FROM a AS b\nONBUILD USER 5\nFROM b", "user 5 dir - entry - cmd -"),
        ("FROM a AS b\nONBUILD USER 5", "user - dir - entry - cmd -"),
        ("FROM a\nRUN <<E\nUSER 1\nE\nCMD x", "user - dir - entry - cmd <x>"),
    ];
    for (text, expected) in cases {
        assert_eq!(summary(text), expected, "{text}");
    }
}

#[test]
fn environment_ports_and_checks_are_inherited() {
    let text = "FROM a AS b\nENV A=1 B=\"x y\"\nENV A=2\nEXPOSE 80 $A\n\
                HEALTHCHECK --interval=5s CMD t\nSTOPSIGNAL 2\n\
                SHELL [\"bash\", \"-c\"]\nFROM b\nENV B=3 C=$NONE\nEXPOSE 90/udp\nHEALTHCHECK NONE\nCMD x\n";
    let facts = extract(text);
    let env: Vec<_> = facts.effective_env(1).into_iter().map(|(n, v)| (n, v.value.text.as_str())).collect();
    assert_eq!(env, [("A", "2"), ("B", "3"), ("C", "${NONE}")]);
    let ports =
        |stage| facts.effective_expose(stage).iter().map(|p| p.value.text.clone()).collect::<Vec<_>>();
    assert_eq!(ports(0), ["80", "2"]);
    assert_eq!(ports(1), ["90/udp", "80", "2"]);
    let check = facts.effective_healthcheck(0).expect("there is a check");
    assert!(
        matches!(&check.kind, HealthcheckKind::Command(command) if command.form != Form::Exec(Vec::new()))
    );
    assert_eq!(check.options[0].name.value, "interval");
    assert_eq!(facts.effective_healthcheck(1).map(|check| &check.kind), Some(&HealthcheckKind::None));
    assert_eq!(facts.effective_stopsignal(1).map(|signal| signal.value.text.as_str()), Some("2"));
    assert!(facts.effective_shell(1).is_some());
    let shell = facts.effective_cmd(1).and_then(|command| facts.shell_words(command.shell));
    assert_eq!(
        shell.map(|words| words[0].value.as_str()),
        Some("bash"),
        "inherited where the command stands"
    );
    assert_eq!(facts.stage_named("B"), Some(0));
    assert_eq!(facts.chain(1), [1, 0]);
    assert!(facts.chain(9).is_empty());
    assert!(matches!(facts.root_base(1), Some(Base::Image(image)) if image.name() == "a"));
}

#[test]
fn sources_of_copies_and_mounts() {
    let text = "FROM a AS x\nFROM b\nCOPY --from=X /a /b\nCOPY --from=0 a b c/\nCOPY --from=nginx:1.2 a b\n\
                COPY --from=$V a b\nCOPY --from=7 a b\nADD [\"a b\", \"/c\"]\nCOPY <<E y /d\nE\n\
                RUN --mount=type=bind,from=x,target=/t --mount=from=later,target=/u make\nFROM c AS later\n";
    let facts = extract(text);
    assert_eq!(facts.errors, []);
    let stage = &facts.stages[1];
    let from: Vec<_> =
        stage.copies.iter().map(|copy| copy.from.as_ref().map(|source| source.from.clone())).collect();
    let image = ImageRef::parse("nginx:1.2").expect("the reference is valid");
    assert_eq!(
        from,
        [
            Some(CopyFrom::Stage(0)),
            Some(CopyFrom::Stage(0)),
            Some(CopyFrom::Image(image)),
            Some(CopyFrom::Unresolved("$V".to_owned())),
            Some(CopyFrom::Unresolved("7".to_owned())),
            None,
            None,
        ]
    );
    let sources: Vec<_> = stage.copies.iter().map(|copy| copy.sources.len()).collect();
    assert_eq!(sources, [1, 2, 1, 1, 1, 1, 1], "a here-document is no source path");
    assert_eq!(stage.copies[1].dest.value.text, "c/");
    assert!(stage.copies[5].add);
    let mounts = &stage.runs[0].mounts_from;
    assert_eq!(
        mounts.iter().map(|m| m.from.clone()).collect::<Vec<_>>(),
        [CopyFrom::Stage(0), CopyFrom::Stage(2)]
    );
    assert_eq!(&text[mounts[1].token.range.as_usize()], "later");
}

#[test]
fn scripts_of_runs() {
    let script = |text: &str| {
        let facts = extract(text);
        assert_eq!(facts.errors, [], "{text}");
        facts.stages[0].runs[0].script.value.clone()
    };
    assert_eq!(script("FROM a\nRUN b && \\\n  c"), "b &&   c");
    assert_eq!(script("FROM a\nRUN [\"b\", \"c d\"]"), "b c d");
    assert_eq!(script("FROM a\nRUN <<-E\n\tb\n\tE\n"), "b\n");
    assert_eq!(script("FROM a\nRUN cat <<E > f\nb\nE\n"), "cat <<E > f\nb\nE\n");
}

#[test]
fn errors_of_the_whole_file() {
    let errors = |text: &str| extract(text).errors.into_iter().map(|error| error.value).collect::<Vec<_>>();
    assert_eq!(errors("ARG A\nRUN b\nFROM c"), ["`RUN` stands before the first `FROM`"]);
    assert_eq!(errors("FOO b\nFROM c"), ["unknown instruction `FOO`"]);
    assert_eq!(errors("ARG A"), ["the file has no `FROM`"]);
    assert_eq!(errors(""), ["the file has no instructions"]);
}

#[test]
fn hostile_files_stay_small() {
    let start = std::time::Instant::now();
    let doubling: Vec<_> = (0..200).map(|n| format!("ENV A{}=$A{n}$A{n}", n + 1)).collect();
    let doubling = doubling.join("\n");
    let facts = extract(&format!("FROM a\nENV A0=xxxxxxxx\n{doubling}\nUSER $A200"));
    assert!(
        facts.effective_user(0).is_some_and(|user| !user.value.resolved && user.value.text.len() < 100_000)
    );
    let stage = |n: usize| format!("FROM s{n} AS s{}\nWORKDIR w\nONBUILD USER 1", n + 1);
    let chain = (0..3_000).map(stage).collect::<Vec<_>>().join("\n");
    let facts = extract(&format!("FROM a AS s0\n{chain}"));
    assert_eq!(facts.chain(3_000).len(), 3_001);
    assert!(start.elapsed() < std::time::Duration::from_secs(20), "{:?}", start.elapsed());
}
