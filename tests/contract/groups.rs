//! Groups: create, read, update and delete; permissions, page rules and members.

use serde_json::{Value, json};
use wikijs_client::{
    Applied, Client, Error,
    groups::{Group, GroupOrderBy, GroupUpdate, NewGroup, PageRule, PageRuleMatch, Permission},
};
use wikijs_fake::{FakeUser, FakeWiki, Fault};

use crate::{
    canned::{Response, body_of, serve},
    support::{
        Wiki, all_at_once, asked, assert_unconfirmed, lost_after, lost_before, observing_briefly,
        refused, with_interference,
    },
};

const MISSING: i32 = i32::MAX;

async fn group(wiki: &Wiki, name: &str) -> Group {
    wiki.client.groups().create(wiki.tag(name)).await.unwrap()
}

/// Creates a user for the test, and returns the id.
async fn user(wiki: &Wiki, name: &str) -> i64 {
    let email = format!("{}-{name}@example.com", wiki.prefix());
    wiki.raw(
        "mutation($email:String!){users{create(email:$email,name:\"Member\",passwordRaw:\"Passw0rd\",\
         providerKey:\"local\",groups:[]){responseResult{succeeded}}}}",
        serde_json::json!({ "email": email }),
    )
    .await;
    let found = wiki
        .raw(
            "query($email:String!){users{search(query:$email){id}}}",
            serde_json::json!({ "email": email }),
        )
        .await;
    found["data"]["users"]["search"][0]["id"].as_i64().unwrap()
}

fn reads(path: &str) -> PageRule {
    PageRule::allow([Permission::ReadPages], PageRuleMatch::Start, path)
}

#[tokio::test]
async fn a_group_is_created_with_the_default_permissions() {
    let wiki = Wiki::start().await;
    let made = group(&wiki, "editors").await;
    assert!(made.id.get() > 2 && !made.is_system);
    assert_eq!(made.name, wiki.tag("editors"));
    assert_eq!(made.redirect_on_login, "/");
    let usual = [
        Permission::ReadPages,
        Permission::ReadAssets,
        Permission::ReadComments,
        Permission::WriteComments,
    ];
    assert_eq!(made.permissions, usual);
    assert_eq!(made.page_rules.len(), 1);
    let rule = &made.page_rules[0];
    assert_eq!(
        (rule.id.as_str(), rule.path.as_str(), rule.deny),
        ("default", "", false)
    );
    assert_eq!(
        (&rule.matches, rule.roles.as_slice()),
        (&PageRuleMatch::Start, &usual[..])
    );
    assert_eq!(made.members, []);
    assert_eq!(wiki.client.groups().get(made.id).await.unwrap(), made);
}

#[tokio::test]
async fn a_group_is_created_with_permissions_and_page_rules() {
    let wiki = Wiki::start().await;
    let drafts =
        PageRule::deny([Permission::ReadPages], PageRuleMatch::Tag, "draft").locales(["en"]);
    let new = NewGroup::new(wiki.tag("readers"))
        .permissions([Permission::ReadPages, Permission::ReadSource])
        .page_rules([reads("docs"), drafts.clone()])
        .redirect_on_login("/docs");
    let made = wiki.client.groups().create(new).await.unwrap();
    assert_eq!(
        made.permissions,
        [Permission::ReadPages, Permission::ReadSource]
    );
    assert_eq!(made.redirect_on_login, "/docs");
    let ids: Vec<_> = made
        .page_rules
        .iter()
        .map(|rule| rule.id.as_str())
        .collect();
    assert_eq!(ids, ["rule1", "rule2"]);
    let mut kept = made.page_rules[1].clone();
    kept.id = String::new();
    assert_eq!(kept, drafts);
    assert_eq!(wiki.client.groups().get(made.id).await.unwrap(), made);
}

#[tokio::test]
async fn a_page_rule_with_the_id_of_a_default_rule_is_refused_before_the_group_is_created() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let groups = wiki.client.groups();
    let before = fake.groups().len();
    let error = groups.create(editors("default", json!({}))).await;
    let error = error.unwrap_err();
    assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
    assert!(error.to_string().contains("`default`"), "{error}");
    assert_eq!(fake.groups().len(), before);
    assert_eq!(fake.request_count(), 0);
    for changes in [
        json!({ "page_rules": [] }),
        json!({ "remove_page_rules": ["default"] }),
    ] {
        let made = groups.create(editors("default", changes)).await.unwrap();
        let [rule] = &made.page_rules[..] else {
            panic!("{made:?}")
        };
        assert_eq!((&*rule.id, &*rule.path), ("default", "docs"));
    }
}

#[tokio::test]
async fn a_group_whose_default_rules_collide_with_new_ones_is_reported_as_created() {
    // Another release of Wiki.js may give new groups other rules.
    let url = serve(|request| {
        let body = body_of(request);
        let groups = if body.contains("GroupsCreate") {
            let group = json!({"id": 3, "name": "Editors", "isSystem": false, "redirectOnLogin": "/",
                "permissions": [], "pageRules": [rule_json("other")], "users": [],
                "createdAt": "2026-01-31T09:30:00.000Z", "updatedAt": "2026-01-31T09:30:00.000Z"});
            json!({"create": {"responseResult": {"succeeded": true, "errorCode": 0, "slug": "ok",
                "message": ""}, "group": group}})
        } else {
            json!({"list": []})
        };
        let data = json!({"users": {"profile": {"id": 1}}, "groups": groups});
        Response::json(200, json!({ "data": data }))
    });
    let wiki = Client::builder(url).api_key("key").build().unwrap();
    let error = wiki.groups().create(editors("other", json!({}))).await;
    let error = error.unwrap_err();
    assert!(matches!(error, Error::PartiallyApplied(_)), "{error:?}");
    assert!(error.to_string().contains("group 3 is created"), "{error}");
    assert!(error.to_string().contains("`other`"), "{error}");

    // The same after a lost response.
    let fake = with_interference(FakeWiki::builder(), "GroupsCreate", |fake| {
        fake.edit_group(3, |group| {
            for rule in &mut group.page_rules {
                "other".clone_into(&mut rule.id);
            }
        });
    })
    .await;
    fake.fail_next_matching("GroupsCreate", Fault::ResetAfter);
    let groups = observing_briefly(&fake).groups();
    let error = groups.create(editors("other", json!({}))).await;
    let error = error.unwrap_err();
    assert_unconfirmed(&error, &fake, "GroupsCreate");
    assert!(error.to_string().contains("group 3 is created"), "{error}");
}

/// Returns parameters as they are read from a file: a group with a new page rule of this id.
fn editors(rule: &str, more: Value) -> NewGroup {
    let mut json = more;
    json["name"] = "Editors".into();
    let mut added = reads("docs");
    rule.clone_into(&mut added.id);
    json["add_page_rules"] = json!([added]);
    serde_json::from_value(json).unwrap()
}

/// Returns a page rule as Wiki.js returns it.
fn rule_json(id: &str) -> Value {
    json!({"id": id, "deny": false, "match": "START", "roles": [], "path": "", "locales": []})
}

#[tokio::test]
async fn k42_two_groups_may_have_one_name() {
    let wiki = Wiki::start().await;
    let (one, other) = (group(&wiki, "twin").await, group(&wiki, "twin").await);
    assert_ne!(one.id, other.id);
    assert_eq!(one.name, other.name);
}

#[tokio::test]
async fn k42_an_update_keeps_everything_else() {
    let wiki = Wiki::start().await;
    let groups = wiki.client.groups();
    let kite = Permission::Other("fly:kites".to_owned());
    let new = NewGroup::new(wiki.tag("editors"))
        .permissions([Permission::ReadPages, kite.clone()])
        .page_rules([reads("docs"), reads("home")])
        .redirect_on_login("/docs");
    let before = groups.create(new).await.unwrap();

    let named = groups
        .update(before.id, GroupUpdate::new().name(wiki.tag("authors")))
        .await
        .unwrap();
    assert_eq!(named.name, wiki.tag("authors"));
    assert_eq!(
        (&named.permissions, &named.page_rules),
        (&before.permissions, &before.page_rules)
    );
    assert_eq!(named.redirect_on_login, "/docs");

    let update = GroupUpdate::new()
        .add_permissions([Permission::ReadPages, Permission::WritePages])
        .remove_permissions([kite])
        .remove_page_rules(["rule1"])
        .add_page_rules([reads("x/y")])
        .clear_redirect_on_login();
    let changed = groups.update(before.id, update).await.unwrap();
    assert_eq!(
        changed.permissions,
        [Permission::ReadPages, Permission::WritePages]
    );
    let rules: Vec<_> = changed
        .page_rules
        .iter()
        .map(|rule| (rule.id.as_str(), rule.path.as_str()))
        .collect();
    assert_eq!(rules, [("rule2", "home"), ("rule1", "x/y")]);
    assert_eq!(
        (changed.name, changed.redirect_on_login.as_str()),
        (named.name, "/")
    );

    let update = GroupUpdate::new().clear_permissions().clear_page_rules();
    let cleared = groups.update(before.id, update).await.unwrap();
    assert_eq!((cleared.permissions, cleared.page_rules), (vec![], vec![]));
}

#[tokio::test]
async fn page_rules_keep_their_ids_when_written_back() {
    let wiki = Wiki::start().await;
    let groups = wiki.client.groups();
    let made = group(&wiki, "editors").await;
    let mut rules = made.page_rules.clone();
    rules[0].deny = true;
    rules.push(PageRule::allow(
        [Permission::ReadPages],
        PageRuleMatch::Regex,
        "^docs/[a-z]+$",
    ));
    let changed = groups
        .update(made.id, GroupUpdate::new().page_rules(rules))
        .await
        .unwrap();
    assert_eq!(
        (
            changed.page_rules[0].id.as_str(),
            changed.page_rules[0].deny
        ),
        ("default", true)
    );
    assert_eq!(changed.page_rules[1].id, "rule1");
    assert_eq!(changed.page_rules[1].matches, PageRuleMatch::Regex);
    let error = groups
        .update(
            made.id,
            GroupUpdate::new().add_page_rules([changed.page_rules[1].clone()]),
        )
        .await
        .unwrap_err();
    assert!(error.is_invalid_input(), "{error:?}");
    assert_eq!(groups.get(made.id).await.unwrap(), changed);
}

#[tokio::test]
async fn an_update_without_changes_sends_nothing() {
    let wiki = Wiki::start().await;
    let made = group(&wiki, "editors").await;
    let update = GroupUpdate::new()
        .name(&made.name)
        .add_permissions([Permission::ReadPages]);
    assert_eq!(
        wiki.client.groups().update(made.id, update).await.unwrap(),
        made
    );
}

#[tokio::test]
async fn k42_a_missing_group_is_not_found_for_any_response() {
    let wiki = Wiki::start().await;
    let groups = wiki.client.groups();
    assert_eq!(groups.get_opt(MISSING).await.unwrap(), None);
    for error in [
        groups.get(MISSING).await.unwrap_err(),
        groups
            .update(MISSING, GroupUpdate::new().name("x"))
            .await
            .unwrap_err(),
        groups.delete(MISSING).await.unwrap_err(),
        groups.assign(MISSING, 1).await.unwrap_err(),
        groups.unassign(MISSING, 1).await.unwrap_err(),
    ] {
        assert!(error.is_not_found(), "{error:?}");
        assert_eq!(error.applied(), Applied::No);
    }
    let made = group(&wiki, "editors").await;
    groups.delete(made.id).await.unwrap();
    assert!(groups.delete(made.id).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn k42_members_are_assigned_and_unassigned_with_precise_errors() {
    let wiki = Wiki::start().await;
    let groups = wiki.client.groups();
    let (editors, edith) = (group(&wiki, "editors").await.id, user(&wiki, "edith").await);
    groups.assign(editors, edith).await.unwrap();
    let found = groups.get(editors).await.unwrap();
    assert!(found.has(edith) && found.members.len() == 1);
    assert_eq!(found.members[0].name, "Member");

    let again = groups.assign(editors, edith).await.unwrap_err();
    assert!(again.is_conflict(), "{again:?}");
    assert_eq!(again.applied(), Applied::No);
    let missing = groups.assign(editors, MISSING).await.unwrap_err();
    assert!(missing.is_not_found(), "{missing:?}");
    assert_eq!(missing.applied(), Applied::No);

    groups.unassign(editors, edith).await.unwrap();
    assert!(!groups.get(editors).await.unwrap().has(edith));
    let again = groups.unassign(editors, edith).await.unwrap_err();
    assert!(again.is_not_found(), "Wiki.js answers success: {again:?}");
}

#[tokio::test]
async fn a_manager_of_users_assigns_groups_without_reading_them() {
    let wiki = Wiki::start().await;
    let (editors, edith) = (group(&wiki, "editors").await.id, user(&wiki, "edith").await);
    let manager = wiki.client_with(&["manage:users"]).await;
    let groups = manager.groups();
    assert!(groups.get(editors).await.unwrap_err().is_forbidden());
    groups.assign(editors, edith).await.unwrap();
    groups.unassign(editors, edith).await.unwrap();
    assert!(
        groups
            .unassign(editors, edith)
            .await
            .unwrap_err()
            .is_not_found()
    );
    // A caller cannot grant permissions that it does not have.
    let error = groups.assign(1, edith).await.unwrap_err();
    assert!(error.is_forbidden(), "{error:?}");
    assert_eq!(error.applied(), Applied::No);
}

#[tokio::test]
async fn a_manager_of_groups_cannot_grant_further_permissions() {
    let wiki = Wiki::start().await;
    let writer = wiki.client_with(&["write:groups"]).await;
    let name = wiki.tag("editors");
    let made = writer.groups().create(name.as_str()).await.unwrap();
    let update = GroupUpdate::new().add_permissions([Permission::ManageUsers]);
    let error = writer.groups().update(made.id, update).await.unwrap_err();
    assert!(error.is_forbidden(), "{error:?}");
    assert_eq!(error.applied(), Applied::No);
    let new = NewGroup::new(&name).permissions([Permission::ManageSystem]);
    let error = writer.groups().create(new).await.unwrap_err();
    assert!(error.is_forbidden(), "{error:?}");
    assert_eq!(error.applied(), Applied::Partially);
    assert!(error.to_string().contains("is created, but"), "{error}");
    assert_eq!(writer.groups().list().search(&name).await.unwrap().len(), 2);
}

#[tokio::test]
async fn built_in_groups_and_users_are_protected() {
    let wiki = Wiki::start().await;
    let groups = wiki.client.groups();
    let before = groups.get(1).await.unwrap();
    assert!(before.is_system && before.permissions.contains(&Permission::ManageSystem));
    for error in [
        groups.delete(1).await.unwrap_err(),
        groups.delete(2).await.unwrap_err(),
        groups.assign(1, 2).await.unwrap_err(),
        groups.unassign(2, 2).await.unwrap_err(),
        groups.unassign(1, 1).await.unwrap_err(),
        groups
            .update(1, GroupUpdate::new().clear_permissions())
            .await
            .unwrap_err(),
        groups
            .update(
                1,
                GroupUpdate::new().remove_permissions([Permission::ManageSystem]),
            )
            .await
            .unwrap_err(),
    ] {
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
        assert_eq!(error.applied(), Applied::No);
    }
    assert_eq!(groups.get(1).await.unwrap(), before);
}

#[tokio::test]
async fn invalid_names_and_ineffective_page_rules_are_refused() {
    let wiki = Wiki::start().await;
    let groups = wiki.client.groups();
    let long = "x".repeat(256);
    for name in ["", " ", &long, "a\0b"] {
        let error = groups.create(name).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
    }
    let rule = |matches, path: &str| PageRule::allow([Permission::ReadPages], matches, path);
    let mut numbered = reads("docs");
    numbered.id = "one".to_owned();
    for rules in [
        vec![PageRule::allow(
            [Permission::ReadPages; 0],
            PageRuleMatch::Start,
            "",
        )],
        vec![rule(PageRuleMatch::Exact, "")],
        vec![rule(PageRuleMatch::Tag, "")],
        vec![rule(PageRuleMatch::End, "")],
        vec![rule(PageRuleMatch::Regex, "")],
        vec![rule(PageRuleMatch::Start, "/docs")],
        vec![rule(PageRuleMatch::Exact, "/docs")],
        vec![rule(PageRuleMatch::Regex, "(")],
        vec![rule(PageRuleMatch::Regex, "(a+)+$")],
        vec![reads("docs").locales([""])],
        vec![reads("a\0b")],
        vec![numbered.clone(), numbered],
    ] {
        let update = GroupUpdate::new().page_rules(rules.clone());
        let error = groups.update(3, update).await.unwrap_err();
        assert!(
            matches!(error, Error::InvalidInput(_)),
            "{rules:?}: {error:?}"
        );
    }
    for update in [
        GroupUpdate::new().name(""),
        GroupUpdate::new().redirect_on_login(&*long),
        GroupUpdate::new().add_permissions([""]),
    ] {
        let error = groups.update(3, update).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
    }
    if let Some(fake) = wiki.fake() {
        assert_eq!(fake.request_count(), 0);
    }
}

#[tokio::test]
async fn regular_expressions_that_wikijs_accepts_are_stored() {
    let wiki = Wiki::start().await;
    let made = group(&wiki, "editors").await;
    let rule = |path: &str| PageRule::allow([Permission::ReadPages], PageRuleMatch::Regex, path);
    let repetitions = "a*".repeat(25);
    let expressions = [
        "^docs/[a-z]+$",
        "(alpha|beta)/.*",
        "^(?:de|fr)/(?!draft)[^/]+/x{2,3}",
        "a{b}",
        "a+?b*?",
        "a??",
        "(?=a)*",
        "[^]]+",
        "(ab)+(cd)+",
        "(?<year>\\d{4})",
        "\\(",
        &repetitions,
    ];
    let update = GroupUpdate::new().page_rules(expressions.map(rule));
    let changed = wiki.client.groups().update(made.id, update).await.unwrap();
    let paths = changed.page_rules.iter().map(|rule| rule.path.as_str());
    assert!(paths.eq(expressions));
}

#[tokio::test]
async fn regular_expressions_that_wikijs_refuses_are_refused_with_the_reason() {
    let wiki = Wiki::start().await;
    for (expression, said) in [
        ("(", "not closed"),
        ("a)", "nothing opens"),
        ("[a-", "not closed"),
        ("a\\", "backslash"),
        ("*a", "repeats nothing"),
        ("a|+", "repeats nothing"),
        ("a**", "repeats nothing"),
        ("(a+)+$", "for ever"),
        ("((a*)b)*", "for ever"),
        ("(x{2})+", "for ever"),
        ("(a?)+", "for ever"),
        ("(a?)?", "for ever"),
        (&"a*".repeat(26), "25"),
    ] {
        let rule = PageRule::allow([Permission::ReadPages], PageRuleMatch::Regex, expression);
        let update = GroupUpdate::new().page_rules([rule]);
        let error = wiki.client.groups().update(3, update).await.unwrap_err();
        assert!(error.is_invalid_input(), "{expression}: {error:?}");
        assert!(error.to_string().contains(said), "{expression}: {error}");
    }
    if let Some(fake) = wiki.fake() {
        assert_eq!(fake.request_count(), 0);
    }
}

#[test]
fn names_convert_to_their_permissions() {
    for permission in Permission::ALL {
        assert_eq!(Permission::from(permission.as_str()), *permission);
    }
    let other = Permission::from("fly:kites");
    assert_eq!(other, Permission::Other("fly:kites".to_owned()));
    assert_eq!(other.to_string(), "fly:kites");
}

#[tokio::test]
async fn a_regular_expression_that_only_wikijs_refuses_changes_nothing() {
    let wiki = Wiki::start().await;
    let made = group(&wiki, "editors").await;
    let rule = PageRule::allow([Permission::ReadPages], PageRuleMatch::Regex, "a{2,1}");
    let update = GroupUpdate::new().page_rules([rule]);
    let error = wiki
        .client
        .groups()
        .update(made.id, update)
        .await
        .unwrap_err();
    assert!(error.is_invalid_input(), "{error:?}");
    assert_eq!(error.applied(), Applied::No);
    assert_eq!(wiki.client.groups().get(made.id).await.unwrap(), made);
}

#[tokio::test]
async fn a_list_is_filtered_and_sorted_by_the_client() {
    let wiki = Wiki::start().await;
    for name in ["b", "A", "c"] {
        group(&wiki, name).await;
    }
    let groups = wiki.client.groups();
    let list = || groups.list().search(wiki.prefix().to_uppercase());
    let ends = |found: Vec<wikijs_client::groups::GroupSummary>| {
        let end = |name: String| name.chars().last().unwrap();
        found
            .into_iter()
            .map(|group| end(group.name))
            .collect::<String>()
    };
    assert_eq!(ends(list().await.unwrap()), "bAc");
    let by_name = || list().order_by(GroupOrderBy::Name);
    assert_eq!(ends(by_name().await.unwrap()), "Abc");
    assert_eq!(ends(by_name().descending().limit(2).await.unwrap()), "cb");
    assert_eq!(ends(by_name().offset(2).ascending().await.unwrap()), "c");
    let (fullest, edith) = (list().await.unwrap()[1].id, user(&wiki, "edith").await);
    groups.assign(fullest, edith).await.unwrap();
    let by_users = list()
        .order_by(GroupOrderBy::UserCount)
        .descending()
        .await
        .unwrap();
    assert_eq!((by_users[0].id, by_users[0].user_count), (fullest, 1));
    groups
        .update(fullest, GroupUpdate::new().redirect_on_login("/x"))
        .await
        .unwrap();
    let by_update = list()
        .order_by(GroupOrderBy::Updated)
        .descending()
        .await
        .unwrap();
    assert_eq!(by_update[0].id, fullest);
    let reader = wiki.client_with(&["read:pages"]).await;
    assert!(reader.groups().list().await.unwrap_err().is_forbidden());
}

#[tokio::test]
async fn changes_of_many_tasks_do_not_undo_each_other() {
    let wiki = Wiki::start().await;
    let groups = wiki.client.groups();
    let id = group(&wiki, "editors").await.id;
    groups
        .update(id, GroupUpdate::new().clear_permissions())
        .await
        .unwrap();
    let permissions = &Permission::ALL[..8];
    let calls = permissions
        .iter()
        .map(|permission| groups.update(id, GroupUpdate::new().add_permissions([permission])));
    for result in all_at_once(calls).await {
        result.unwrap();
    }
    let mut kept = groups.get(id).await.unwrap().permissions;
    kept.sort_by_key(|kept| Permission::ALL.iter().position(|known| known == kept));
    assert_eq!(kept, permissions);
}

async fn failing() -> (FakeWiki, Client) {
    let fake = FakeWiki::builder()
        .user(FakeUser::new("Edith", "edith@example.com"))
        .start()
        .await;
    let client = observing_briefly(&fake);
    (fake, client)
}

#[tokio::test]
async fn writes_are_executed_once_after_a_lost_response() {
    for fault in lost_after().into_iter().chain(refused()) {
        let (fake, wiki) = failing().await;
        let groups = wiki.groups();
        let next = |operation: &str| fake.fail_next_matching(operation, fault.clone());
        fake.insert_group(wikijs_fake::FakeGroup::new("Editors", ["read:pages"]));
        next("GroupsCreate");
        let made = groups.create("Editors").await;
        let made = made.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_eq!((made.id.get(), fake.groups().len()), (4, 4), "{fault:?}");
        next("GroupsUpdate");
        let update = GroupUpdate::new().permissions([Permission::WritePages]);
        let made = groups.update(4, update).await;
        made.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_eq!(
            fake.group(4).unwrap().permissions,
            ["write:pages"],
            "{fault:?}"
        );
        next("GroupsAssignUser");
        groups
            .assign(4, 3)
            .await
            .unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_eq!(fake.user(3).unwrap().groups, [4], "{fault:?}");
        next("GroupsUnassignUser");
        groups
            .unassign(4, 3)
            .await
            .unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert!(fake.user(3).unwrap().groups.is_empty(), "{fault:?}");
        next("GroupsDelete");
        groups
            .delete(4)
            .await
            .unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_eq!(fake.groups().len(), 3, "{fault:?}");
        assert_eq!(fake.pending_faults(), 0);
    }
}

#[tokio::test]
async fn a_write_that_is_not_observed_is_unconfirmed() {
    for fault in lost_before() {
        let (fake, wiki) = failing().await;
        let id = fake.insert_group(wikijs_fake::FakeGroup::new("Editors", ["read:pages"]));
        for operation in [
            "GroupsCreate",
            "GroupsUpdate",
            "GroupsDelete",
            "GroupsAssignUser",
        ] {
            fake.fail_next_matching(operation, fault.clone());
        }
        let groups = wiki.groups();
        let error = groups.create("Other").await.unwrap_err();
        assert_unconfirmed(&error, &fake, "GroupsCreate");
        let Error::Unconfirmed(unconfirmed) = &error else {
            panic!("{error:?}")
        };
        assert!(
            !unconfirmed.is_safe_to_repeat,
            "several groups may have the same name"
        );
        let update = GroupUpdate::new().name("Other");
        let error = groups.update(id, update).await.unwrap_err();
        assert_unconfirmed(&error, &fake, "GroupsUpdate");
        let error = groups.assign(id, 3).await.unwrap_err();
        assert_unconfirmed(&error, &fake, "GroupsAssignUser");
        assert_eq!(
            (fake.groups().len(), fake.user(3).unwrap().groups),
            (3, vec![])
        );
        assert_eq!(fake.group(id).unwrap().name, "Editors");
        groups.delete(id).await.unwrap();
        assert_eq!((asked(&fake, "GroupsDelete"), fake.groups().len()), (2, 2));
    }
}

#[tokio::test]
async fn a_group_found_after_a_lost_response_is_not_updated() {
    let (fake, wiki) = failing().await;
    fake.fail_next_matching("GroupsCreate", Fault::ResetAfter);
    let new = NewGroup::new("Editors").permissions([Permission::ManageUsers]);
    let error = wiki.groups().create(new).await.unwrap_err();
    assert_unconfirmed(&error, &fake, "GroupsCreate");
    assert!(
        error
            .to_string()
            .contains("group 3 is created, but its permissions"),
        "{error}"
    );
    assert_eq!(asked(&fake, "GroupsUpdate"), 0);
}

#[tokio::test]
async fn two_new_groups_of_one_name_are_unconfirmed() {
    let fake = with_interference(FakeWiki::builder(), "GroupsCreate", |fake| {
        fake.insert_group(wikijs_fake::FakeGroup::new("Editors", ["read:pages"]));
    })
    .await;
    fake.fail_next_matching("GroupsCreate", Fault::ResetAfter);
    let created = observing_briefly(&fake).groups().create("Editors").await;
    let error = created.unwrap_err();
    assert_unconfirmed(&error, &fake, "GroupsCreate");
    assert!(error.to_string().contains("groups 3 and 4"), "{error}");
}

#[tokio::test]
async fn a_group_that_another_client_changes_at_once_is_not_overwritten() {
    let change = |name: &'static str| {
        move |fake: &FakeWiki| {
            fake.edit_group(3, |group| name.clone_into(&mut group.name));
        }
    };
    for (name, is_foreign) in [("Theirs", true), ("Editors", false)] {
        let fake = with_interference(FakeWiki::builder(), "GroupsUpdate", change(name)).await;
        fake.insert_group(wikijs_fake::FakeGroup::new("Editors", ["read:pages"]));
        let groups = observing_briefly(&fake).groups();
        let update = GroupUpdate::new().name("Mine");
        let error = groups.update(3, update).await.unwrap_err();
        if is_foreign {
            assert_unconfirmed(&error, &fake, "GroupsUpdate");
        } else {
            assert!(matches!(error, Error::NotApplied { .. }), "{error:?}");
        }
        assert_eq!(fake.group(3).unwrap().name, name);
    }
}

#[tokio::test]
async fn a_member_who_is_removed_at_once_is_reported() {
    let builder = FakeWiki::builder().user(FakeUser::new("Edith", "edith@example.com"));
    let fake = with_interference(builder, "GroupsAssignUser", |fake| {
        fake.edit_user(3, |edith| edith.groups.clear());
    })
    .await;
    fake.insert_group(wikijs_fake::FakeGroup::new("Editors", ["read:pages"]));
    let assigned = observing_briefly(&fake).groups().assign(3, 3).await;
    let error = assigned.unwrap_err();
    assert!(matches!(error, Error::NotApplied { .. }), "{error:?}");
    assert!(error.to_string().contains("user 3 in group 3"), "{error}");
}
