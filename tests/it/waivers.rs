//! Waivers as their users meet them: in code and in `forge.toml`, from their first day to the day after their last.

use serde_json::Value;

use crate::common::{Forge, Tree};

const CONFIG: &str =
    "[[waiver]]\nrule = \"metrics\"\nservice = \"SERVICE\"\nuntil = 2027-03-01\nreason = \"next quarter\"\n";

fn audit(tree: &Tree, today: &str) -> Value {
    let run = Forge::new().args(&["audit", "--format", "json", "--today", today]).path(&tree.path()).run();
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    serde_json::from_str(&run.stdout).expect("the report is JSON")
}

fn of<'r>(report: &'r Value, rule: &str) -> Vec<&'r Value> {
    report["findings"].as_array().into_iter().flatten().filter(|one| one["rule"] == rule).collect()
}

#[test]
fn a_waiver_holds_through_its_last_day_and_is_a_finding_from_the_next() {
    let tree = Tree::service_with(&[]);
    let plain = audit(&tree, "2026-11-23");
    let service = plain["services"][0]["id"].as_str().expect("there is a service");
    tree.write("forge.toml", CONFIG.replace("SERVICE", service));
    let rule = of(&plain, "metrics");
    assert_eq!(rule.len(), 1, "the service has no metrics");
    for (today, is_waived) in
        [("2026-11-23", true), ("2027-03-01", true), ("2027-03-02", false), ("2026-02-28", false)]
    {
        let report = audit(&tree, today);
        let found = of(&report, "metrics");
        assert_eq!(found[0]["suppressed"].is_object(), is_waived, "{today}");
        assert_eq!(of(&report, "waivers-valid").len(), usize::from(!is_waived), "{today}");
        assert_eq!(report["score"]["without_waivers"], plain["score"]["value"], "{today}");
        if is_waived {
            let suppressed = &found[0]["suppressed"];
            assert_eq!(
                (&suppressed["kind"], &suppressed["reason"], &suppressed["until"], &suppressed["path"]),
                (&"config".into(), &"next quarter".into(), &"2027-03-01".into(), &"forge.toml".into())
            );
        }
    }
}

#[test]
fn the_day_may_come_from_the_environment_and_has_to_be_one() {
    let tree = Tree::service_with(&[]);
    let run = Forge::new().args(&["audit", "--today", "tomorrow"]).path(&tree.path()).run();
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("write a day as `2027-03-01`"), "{}", run.stderr);
    tree.write("tools/a.sh", "#!/bin/sh\n# forge: allow(metrics, until = 2027-03-01) x\ntrue\n");
    let run = Forge::new()
        .args(&["audit", "--format", "json"])
        .env("FORGE_TODAY", "2027-03-02")
        .path(&tree.path())
        .run();
    assert!(run.stdout.contains("the waiver ended on 2027-03-01"), "{}", run.stdout);
}
