//! Users and groups.

use crate::client::{RawClient, first_error};
use serde_json::{Value, json};
use wikijs_fake::{FakeGroup, FakePage, FakeUser, FakeWiki};

/// The id of the user of most tests.
const EDITH: i64 = 3;
const RESULT: &str = "responseResult{succeeded errorCode slug message}";

async fn wiki() -> (FakeWiki, RawClient) {
    let edith = FakeUser::new("Edith", "edith@example.com")
        .password("Passw0rd")
        .groups([3]);
    let wiki = FakeWiki::builder()
        .group(FakeGroup::new("Editors", ["read:pages", "write:pages"]))
        .user(edith)
        .start()
        .await;
    let client = RawClient::new(&wiki);
    (wiki, client)
}

/// Returns the response to a mutation of users, such as `update(id:3,name:"x")`.
async fn users(client: &RawClient, call: &str) -> Value {
    let answer = client
        .ask(&format!("mutation{{users{{{call}{{{RESULT}}}}}}}"))
        .await;
    let fields = answer["data"]["users"].as_object().unwrap();
    fields.values().next().unwrap()["responseResult"].clone()
}

async fn groups(client: &RawClient, call: &str) -> Value {
    client
        .ask(&format!("mutation{{groups{{{call}{{{RESULT}}}}}}}"))
        .await
}

fn said(result: &Value) -> (i64, &str) {
    (
        result["errorCode"].as_i64().unwrap(),
        result["message"].as_str().unwrap(),
    )
}

fn create(email: &str, rest: &str) -> String {
    format!(
        "create(email:\"{email}\",name:\"New\",passwordRaw:\"Passw0rd\",providerKey:\"local\",{rest})"
    )
}

#[tokio::test]
async fn the_response_to_a_create_lacks_the_user() {
    let (wiki, client) = wiki().await;
    let call = create("New@Example.com", "groups:[3],mustChangePassword:true");
    let answer = client
        .ask(&format!(
            "mutation{{users{{{call}{{{RESULT} user{{id}}}}}}}}"
        ))
        .await;
    let created = &answer["data"]["users"]["create"];
    assert_eq!(
        said(&created["responseResult"]),
        (0, "User created successfully")
    );
    assert_eq!(created["user"], json!(null));
    let user = wiki.user(4).unwrap();
    assert_eq!(user.email, "new@example.com");
    assert_eq!(user.groups, [3]);
    assert!(user.must_change_password && user.is_active && user.is_verified);
    let again = users(&client, &create("NEW@example.com", "groups:[]")).await;
    assert_eq!(again["slug"], "AuthAccountAlreadyExists");
}

#[tokio::test]
async fn a_create_that_fails_after_the_insert_keeps_the_user() {
    let (wiki, client) = wiki().await;
    let result = users(&client, &create("a@example.com", "groups:[3,999]")).await;
    assert_eq!(result["slug"], "ForeignKeyViolationError");
    let message = result["message"].as_str().unwrap();
    assert!(message.starts_with("insert into \"userGroups\""));
    assert!(message.ends_with("\"usergroups_groupid_foreign\""));
    let result = users(
        &client,
        &create("b@example.com", "groups:[3],sendWelcomeEmail:true"),
    )
    .await;
    assert_eq!(
        said(&result),
        (3002, "The mail configuration is incomplete or invalid.")
    );
    assert!(wiki.user(4).unwrap().groups.is_empty());
    assert_eq!(wiki.user(5).unwrap().groups, [3]);
}

#[tokio::test]
async fn a_refused_create_stores_nothing() {
    let (wiki, client) = wiki().await;
    for (email, name, password, provider, expected) in [
        (
            "nope",
            "New",
            "Passw0rd",
            "local",
            "Email is not a valid email",
        ),
        (
            "a@localhost",
            "New",
            "Passw0rd",
            "local",
            "Email is not a valid email",
        ),
        ("a@b.c", "New", "", "local", "Password raw can't be blank"),
        (
            "a@b.c",
            "New",
            "x",
            "local",
            "Password raw is too short (minimum is 6 characters)",
        ),
        ("a@b.c", "", "Passw0rd", "local", "Name can't be blank"),
        (
            "a@b.c",
            "A",
            "Passw0rd",
            "local",
            "Name is too short (minimum is 2 characters)",
        ),
    ] {
        let call = format!(
            "create(email:\"{email}\",name:\"{name}\",passwordRaw:\"{password}\",providerKey:\"{provider}\",groups:[])"
        );
        assert_eq!(said(&users(&client, &call).await), (1012, expected));
    }
    let call = "create(email:\"a@b.c\",name:\"New\",providerKey:\"nope\",groups:[])";
    let result = users(&client, call).await;
    assert!(
        result["message"]
            .as_str()
            .unwrap()
            .contains("users_providerkey_foreign")
    );
    assert_eq!(wiki.users().len(), 3);
}

#[tokio::test]
async fn an_update_keeps_empty_fields_and_clears_blank_ones() {
    let (wiki, client) = wiki().await;
    let all = "location:\"Here\",jobTitle:\"Boss\",timezone:\"Europe/Berlin\",dateFormat:\"YYYY-MM-DD\",\
               appearance:\"dark\"";
    users(&client, &format!("update(id:3,{all})")).await;
    let empty = "location:\"\",jobTitle:\"\",timezone:\"\",dateFormat:\"\",appearance:\"\",name:\"\",groups:null";
    assert_eq!(
        said(&users(&client, &format!("update(id:3,{empty})")).await),
        (0, "User updated successfully")
    );
    let user = wiki.user(EDITH).unwrap();
    assert_eq!(
        (
            user.location.as_str(),
            user.job_title.as_str(),
            user.timezone.as_str()
        ),
        ("Here", "Boss", "Europe/Berlin")
    );
    assert_eq!(
        (user.date_format.as_str(), user.appearance.as_str()),
        ("", "")
    );
    assert_eq!(
        (user.name.as_str(), user.groups.as_slice()),
        ("Edith", &[3][..])
    );
    users(
        &client,
        "update(id:3,location:\" \",jobTitle:\" \",timezone:\" \")",
    )
    .await;
    let user = wiki.user(EDITH).unwrap();
    assert_eq!(
        (
            user.location.as_str(),
            user.job_title.as_str(),
            user.timezone.as_str()
        ),
        ("", "", " ")
    );
    assert_eq!(
        said(&users(&client, "update(id:3,name:\" \")").await),
        (1, "name: should NOT be shorter than 1 characters")
    );
    users(&client, "update(id:3,groups:[])").await;
    assert!(wiki.user(EDITH).unwrap().groups.is_empty());
}

#[tokio::test]
async fn an_update_changes_groups_before_it_fails() {
    let (wiki, client) = wiki().await;
    let result = users(&client, "update(id:3,groups:[2],email:\"nope\")").await;
    assert_eq!(said(&result), (1, "email: should match format \"email\""));
    assert_eq!(wiki.user(EDITH).unwrap().groups, [2]);
    let result = users(&client, "update(id:3,groups:[3,999])").await;
    assert_eq!(result["slug"], "ForeignKeyViolationError");
    assert_eq!(wiki.user(EDITH).unwrap().groups, [2, 3]);
    // Wiki.js compares the address unchanged but stores it in lower case, which violates the unique constraint.
    let result = users(&client, "update(id:3,email:\"ADMIN@example.com\")").await;
    assert_eq!(
        said(&result),
        (
            1,
            "update \"users\" set \"email\" = $1, \"updatedAt\" = $2 where \"users\".\"id\" = $3 - duplicate key \
             value violates unique constraint \"users_providerkey_email_unique\""
        )
    );
    let result = users(&client, "update(id:3,email:\"admin@example.com\")").await;
    assert_eq!(result["slug"], "AuthAccountAlreadyExists");
    let long = "x".repeat(300);
    let result = users(&client, &format!("update(id:3,timezone:\"{long}\")")).await;
    assert_eq!(result["slug"], "DataError");
    let result = users(&client, "update(id:9,name:\"x\")").await;
    assert_eq!(said(&result), (1016, "This user does not exist."));
}

#[tokio::test]
async fn settings_of_missing_users_succeed() {
    let (wiki, client) = wiki().await;
    for field in [
        "verify",
        "activate",
        "deactivate",
        "enableTFA",
        "disableTFA",
    ] {
        let result = users(&client, &format!("{field}(id:99)")).await;
        assert_eq!(result["succeeded"], true, "{field}");
        users(&client, &format!("{field}(id:3)")).await;
        let user = wiki.user(EDITH).unwrap();
        match field {
            "deactivate" => assert!(!user.is_active),
            "enableTFA" => assert!(user.must_set_up_two_factor && user.two_factor.is_some()),
            "disableTFA" => assert!(!user.must_set_up_two_factor && user.two_factor.is_none()),
            _ => assert!(user.is_active && user.is_verified),
        }
    }
    assert_eq!(
        said(&users(&client, "deactivate(id:2)").await),
        (1, "Cannot deactivate system accounts.")
    );
    assert_eq!(users(&client, "resetPassword(id:3)").await, json!(null));
    let guest = RawClient::with_key(&wiki, None);
    assert_eq!(users(&guest, "resetPassword(id:3)").await, json!(null));
}

#[tokio::test]
async fn pages_of_a_deleted_user_go_to_the_replacement() {
    let (wiki, client) = wiki().await;
    let page = wiki.insert_page(FakePage::new("docs/x", "X"));
    wiki.edit_page(page, |page| {
        (page.author_id, page.creator_id) = (EDITH, EDITH);
    });
    for (call, code) in [
        ("delete(id:1,replaceId:3)", 1018),
        ("delete(id:99,replaceId:1)", 1016),
        ("delete(id:3,replaceId:99)", 1017),
        ("delete(id:3,replaceId:3)", 1017),
        ("delete(id:3,replaceId:1)", 0),
    ] {
        assert_eq!(users(&client, call).await["errorCode"], code, "{call}");
    }
    let page = wiki.page(page).unwrap();
    assert_eq!((page.author_id, page.creator_id), (1, 1));
    // If the user has no pages, the replacement is not checked.
    let id = wiki.insert_user(FakeUser::new("Other", "other@example.com"));
    assert_eq!(id, 4, "ids are not reused");
    assert_eq!(
        users(&client, "delete(id:4,replaceId:99)").await["errorCode"],
        0
    );
}

#[tokio::test]
async fn single_search_and_last_logins() {
    let (wiki, client) = wiki().await;
    let missing = client.ask("{users{single(id:9){id}}}").await;
    assert_eq!(
        first_error(&missing),
        (
            "Cannot set properties of undefined (setting 'password')",
            None
        )
    );
    let query = "{users{single(id:3){id name email providerKey providerName providerId providerIs2FACapable isSystem \
                 isActive isVerified location jobTitle timezone dateFormat appearance lastLoginAt tfaIsActive \
                 groups{id name}}}}";
    assert_eq!(
        client.ask(query).await["data"]["users"]["single"],
        json!({
            "id": 3, "name": "Edith", "email": "edith@example.com", "providerKey": "local",
            "providerName": "Local", "providerId": null, "providerIs2FACapable": true, "isSystem": false,
            "isActive": true, "isVerified": true, "location": "", "jobTitle": "", "timezone": "America/New_York",
            "dateFormat": "", "appearance": "", "lastLoginAt": null, "tfaIsActive": false,
            "groups": [{"id": 3, "name": "Editors"}],
        })
    );
    for (query, found) in [
        ("edi", 1),
        ("EDI", 0),
        ("%", 3),
        ("edith@", 1),
        ("_dith", 1),
    ] {
        let answer = client
            .ask(&format!("{{users{{search(query:\"{query}\"){{id}}}}}}"))
            .await;
        let hits = answer["data"]["users"]["search"].as_array().unwrap();
        assert_eq!(hits.len(), found, "{query}");
    }
    let answer = client
        .ask("{users{search(query:\"edi\"){id isSystem}}}")
        .await;
    assert_eq!(
        first_error(&answer).0,
        "Cannot return null for non-nullable field UserMinimal.isSystem."
    );
    assert_eq!(answer["data"]["users"]["search"], json!([null]));
    assert_eq!(
        client.ask("{users{lastLogins{id}}}").await["data"]["users"]["lastLogins"],
        json!([])
    );
    wiki.user_token(1).unwrap();
    wiki.user_token(EDITH).unwrap();
    let logins = client.ask("{users{lastLogins{id name lastLoginAt}}}").await;
    let logins = logins["data"]["users"]["lastLogins"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!((&logins[0]["id"], &logins[1]["id"]), (&json!(3), &json!(1)));
}

const PROFILE: &str = "updateProfile(name:\" \",location:\" \",jobTitle:\"Boss\",timezone:\"\",dateFormat:\"\",\
                       appearance:\"dark\")";

#[tokio::test]
async fn a_key_changes_the_profile_of_user_1_and_gets_its_token() {
    let (wiki, _) = wiki().await;
    wiki.edit_user(1, |user| user.location = "Here".to_owned());
    let reader = RawClient::with_key(&wiki, Some(&wiki.key_with(["read:pages"])));
    let answer = reader
        .ask(&format!("mutation{{users{{{PROFILE}{{{RESULT} jwt}}}}}}"))
        .await;
    let changed = &answer["data"]["users"]["updateProfile"];
    assert_eq!(changed["responseResult"]["succeeded"], true);
    let administrator = wiki.user(1).unwrap();
    assert_eq!(
        (
            administrator.name.as_str(),
            administrator.location.as_str(),
            administrator.job_title.as_str()
        ),
        ("Administrator", "Here", "Boss"),
        "blank fields are kept"
    );
    let token = changed["jwt"].as_str().unwrap();
    let client = RawClient::with_key(&wiki, Some(token));
    let answer = client.ask("{users{profile{id} list{id}}}").await;
    assert_eq!(answer["data"]["users"]["profile"]["id"], 1);
    assert!(
        answer.get("errors").is_none(),
        "with all permissions of user 1"
    );
}

#[tokio::test]
async fn own_accounts() {
    let (wiki, _) = wiki().await;
    let client = RawClient::with_key(&wiki, wiki.user_token(EDITH).as_deref());
    for (call, code) in [
        (r#"changePassword(current:"wrong",new:"Passw0rd-2")"#, 1020),
        (r#"changePassword(current:"Passw0rd",new:"x")"#, 1012),
        // An empty new password is reported as success and changes nothing.
        (r#"changePassword(current:"Passw0rd",new:"")"#, 0),
        (r#"changePassword(current:"Passw0rd",new:"Passw0rd-2")"#, 0),
        (
            r#"updateProfile(name:"",location:"",jobTitle:"",timezone:"",dateFormat:"x",appearance:"")"#,
            1012,
        ),
        (
            r#"updateProfile(name:"",location:"",jobTitle:"",timezone:"",dateFormat:"",appearance:"x")"#,
            1012,
        ),
        (PROFILE, 0),
    ] {
        assert_eq!(users(&client, call).await["errorCode"], code, "{call}");
    }
    assert_eq!(wiki.user(EDITH).unwrap().password, "Passw0rd-2");
    let guest = RawClient::with_key(&wiki, None);
    assert_eq!(users(&guest, PROFILE).await["errorCode"], 1019);
    wiki.edit_user(EDITH, |user| user.is_verified = false);
    assert_eq!(users(&client, PROFILE).await["errorCode"], 1014);
}

#[tokio::test]
async fn groups_of_any_name_get_the_default_permissions() {
    let (wiki, client) = wiki().await;
    let call = "create(name:\"Editors\"){group{id name isSystem redirectOnLogin permissions pageRules{id deny match \
                roles path locales} users{id}}}";
    let answer = client.ask(&format!("mutation{{groups{{{call}}}}}")).await;
    let usual = [
        "read:pages",
        "read:assets",
        "read:comments",
        "write:comments",
    ];
    assert_eq!(
        answer["data"]["groups"]["create"]["group"],
        json!({
            "id": 4, "name": "Editors", "isSystem": false, "redirectOnLogin": "/", "permissions": usual,
            "pageRules": [{"id": "default", "deny": false, "match": "START", "roles": usual, "path": "", "locales": []}],
            "users": [],
        })
    );
    groups(&client, "create(name:\"\")").await;
    assert_eq!(wiki.group(5).unwrap().name, "");
    let long = groups(&client, &format!("create(name:\"{}\")", "x".repeat(256))).await;
    assert!(first_error(&long).0.starts_with("insert into \"groups\""));
    assert_eq!(wiki.groups().len(), 5);
}

#[tokio::test]
async fn an_update_of_a_group_replaces_everything() {
    let (wiki, client) = wiki().await;
    let rule = |kind: &str, path: &str| {
        format!(
            "{{id:\"r\",deny:true,match:{kind},roles:[\"read:pages\"],path:\"{path}\",locales:[\"en\"]}}"
        )
    };
    let call = |id: i64, rules: &str| {
        format!(
            "update(id:{id},name:\"New\",redirectOnLogin:\"\",permissions:[\"x:y\"],pageRules:[{rules}])"
        )
    };
    assert!(groups(&client, &call(99, "")).await.get("errors").is_none());
    assert_eq!(wiki.groups().len(), 3);
    groups(&client, &call(3, &rule("EXACT", "docs"))).await;
    let group = wiki.group(3).unwrap();
    assert_eq!(
        (group.name.as_str(), group.redirect_on_login.as_str()),
        ("New", "/")
    );
    assert_eq!(group.permissions, ["x:y"]);
    let kept = &group.page_rules[0];
    assert!(kept.deny && kept.id == "r" && kept.path == "docs" && kept.locales == ["en"]);
    for path in ["(", "(a+)+$"] {
        let refused = groups(&client, &call(3, &rule("REGEX", path))).await;
        assert_eq!(
            first_error(&refused).0,
            "Some Page Rules contains unsafe or exponential time regex."
        );
    }
    let refused = groups(&client, &call(3, "null")).await;
    assert_eq!(
        first_error(&refused).0,
        "Cannot read properties of null (reading 'match')"
    );
    assert_eq!(wiki.group(3).unwrap(), group);
}

#[tokio::test]
async fn members_are_assigned_and_unassigned() {
    let (wiki, client) = wiki().await;
    for (call, expected) in [
        (
            "assignUser(groupId:3,userId:3)",
            "User is already assigned to group.",
        ),
        (
            "assignUser(groupId:3,userId:2)",
            "Cannot assign the Guest user to a group.",
        ),
        ("assignUser(groupId:9,userId:1)", "Invalid Group ID"),
        ("assignUser(groupId:3,userId:9)", "Invalid User ID"),
        ("assignUser(groupId:3,userId:1)", ""),
        ("unassignUser(groupId:3,userId:3)", ""),
        ("unassignUser(groupId:3,userId:3)", ""),
        (
            "unassignUser(groupId:3,userId:2)",
            "Cannot unassign Guest user",
        ),
        (
            "unassignUser(groupId:1,userId:1)",
            "Cannot unassign Administrator user from Administrators group.",
        ),
        ("unassignUser(groupId:9,userId:1)", "Invalid Group ID"),
        ("unassignUser(groupId:3,userId:9)", "Invalid User ID"),
        ("delete(id:1)", "Cannot delete this group."),
        ("delete(id:99)", ""),
        ("delete(id:3)", ""),
    ] {
        let answer = groups(&client, call).await;
        match answer.get("errors") {
            None => assert_eq!(expected, "", "{call}"),
            Some(_) => assert_eq!(first_error(&answer).0, expected, "{call}"),
        }
    }
    assert_eq!(
        wiki.user(1).unwrap().groups,
        [1],
        "the group was removed from its members"
    );
    assert_eq!(wiki.groups().len(), 2);
}

#[tokio::test]
async fn permissions_for_comments() {
    let (wiki, _) = wiki().await;
    wiki.insert_group(FakeGroup::new("Managers", ["manage:users"]));
    let client = |permissions: &[&str]| {
        let key = wiki.key_with(permissions.iter().copied());
        RawClient::with_key(&wiki, Some(&key))
    };
    let writer = client(&["write:users"]);
    let result = users(&writer, &create("a@example.com", "groups:[4]")).await;
    assert_eq!(
        said(&result).1,
        "You are not authorized to create a user with an assignment to an administrative group."
    );
    assert_eq!(
        users(&writer, &create("a@example.com", "groups:[3]")).await["errorCode"],
        0
    );
    let answer = writer.ask("{users{single(id:3){id}}}").await;
    assert_eq!(first_error(&answer).0, "Forbidden");
    let manager = client(&["manage:users"]);
    let result = users(&manager, "update(id:3,groups:[1])").await;
    assert_eq!(
        said(&result).1,
        "You are not authorized to modify / assign a user from / to an administrative group."
    );
    let answer = groups(&manager, "assignUser(groupId:4,userId:3)").await;
    assert_eq!(
        first_error(&answer).0,
        "You are not authorized to assign a user to this administrative group."
    );
    let answer = groups(&manager, "create(name:\"x\")").await;
    assert_eq!(first_error(&answer).0, "Forbidden");
    let of_groups = client(&["write:groups"]);
    let update = |permission: &str| {
        format!(
            "update(id:3,name:\"x\",redirectOnLogin:\"/\",permissions:[\"{permission}\"],pageRules:[])"
        )
    };
    let answer = groups(&of_groups, &update("manage:users")).await;
    assert!(
        first_error(&answer)
            .0
            .starts_with("You are not authorized to manage this group")
    );
    let answer = groups(&client(&["manage:groups"]), &update("manage:system")).await;
    assert!(
        first_error(&answer)
            .0
            .ends_with("the manage:system permissions.")
    );
    assert!(
        groups(&of_groups, &update("read:pages"))
            .await
            .get("errors")
            .is_none()
    );
}
