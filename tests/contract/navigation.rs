//! The navigation: the links of the sidebar.

use serde_json::{Value, json};
use wikijs_client::{
    Error,
    navigation::{
        ItemKind, ItemTarget, NavigationItem, NavigationMode, NavigationTree, Visibility,
    },
};

use crate::support::{RestoreOnDrop, Wiki, mutations};

const TREE: &str = "{navigation{tree{locale items{id kind label icon targetType target visibilityMode \
    visibilityGroups}}}}";
const UPDATE_TREE: &str = "mutation($tree:[NavigationTreeInput]!){navigation{updateTree(tree:$tree){\
    responseResult{succeeded}}}}";

/// Returns the current navigation, read by a raw request, and a guard that restores it on a real wiki.
async fn original(wiki: &Wiki) -> (Value, RestoreOnDrop) {
    let answer = wiki.raw(TREE, json!({})).await;
    let tree = answer["data"]["navigation"]["tree"].clone();
    let guard = wiki.restore_on_drop(UPDATE_TREE, json!({ "tree": tree }));
    (tree, guard)
}

async fn tree_of(wiki: &Wiki, locale: &str) -> Option<Value> {
    let answer = wiki.raw(TREE, json!({})).await;
    let mut trees = answer["data"]["navigation"]["tree"]
        .as_array()
        .unwrap()
        .iter();
    trees.find(|tree| tree["locale"] == locale).cloned()
}

#[tokio::test]
async fn the_navigation_is_read() {
    let wiki = Wiki::start().await;
    let navigation = wiki.client.navigation();
    let mode = navigation.mode().await.unwrap();
    assert!(
        !matches!(mode, NavigationMode::Other(_)),
        "a mode that is known: {mode:?}"
    );
    assert_eq!(
        navigation.set_mode(mode.clone()).await.unwrap(),
        mode,
        "it is so already"
    );
    let items = navigation.items("en").await.unwrap();
    let home = items
        .iter()
        .find(|item| item.target_type == Some(ItemTarget::Home))
        .unwrap();
    assert_eq!(
        (&home.kind, home.visibility()),
        (&ItemKind::Link, Visibility::All)
    );
    assert_eq!(navigation.items("zz").await.unwrap(), []);
    let navigator = wiki.client_with(&["manage:navigation"]).await;
    assert_eq!(navigator.navigation().items("en").await.unwrap(), items);
    let reader = wiki.client_with(&["read:pages"]).await;
    for error in [
        reader.navigation().mode().await.unwrap_err(),
        reader.navigation().tree().await.unwrap_err(),
        reader.navigation().set_items("fr", []).await.unwrap_err(),
    ] {
        assert!(error.is_forbidden(), "{error:?}");
    }
}

#[tokio::test]
async fn the_mode_is_changed() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let navigation = wiki.client.navigation();
    for mode in [
        NavigationMode::Static,
        NavigationMode::None,
        NavigationMode::Tree,
        NavigationMode::Mixed,
    ] {
        assert_eq!(navigation.set_mode(mode.clone()).await.unwrap(), mode);
        assert_eq!(navigation.mode().await.unwrap(), mode);
    }
    assert_eq!(mutations(fake).len(), 4);
    let odd = navigation.set_mode(NavigationMode::Other("CUSTOM".to_owned()));
    assert!(odd.await.unwrap_err().is_invalid_input());
}

#[tokio::test]
async fn k45_writing_one_language_keeps_the_others() {
    let wiki = Wiki::start().await;
    let (_, _guard) = original(&wiki).await;
    let english = tree_of(&wiki, "en").await;
    let navigation = wiki.client.navigation();
    let items = [
        NavigationItem::home("Accueil"),
        NavigationItem::divider(),
        NavigationItem::header("Manuel"),
        NavigationItem::page("Installer", "fr", "docs/installer").icon("mdi-download"),
        NavigationItem::link("Forum", "https://forum.example.com")
            .in_new_window()
            .visible_to([1, 2]),
    ];
    let written = navigation.set_items("fr", items).await.unwrap();
    assert_eq!(navigation.items("fr").await.unwrap(), written);
    assert_eq!(tree_of(&wiki, "en").await, english);
    let french = tree_of(&wiki, "fr").await.unwrap();
    assert_eq!(
        french["items"][3],
        json!({ "id": written[3].id, "kind": "link", "label": "Installer", "icon": "mdi-download",
            "targetType": "page", "target": "/fr/docs/installer", "visibilityMode": "all",
            "visibilityGroups": [] })
    );
    assert_eq!(french["items"][4]["targetType"], "externalblank");
    assert_eq!(
        written[4].visibility(),
        Visibility::Groups(vec![1.into(), 2.into()])
    );
    let mut ids: Vec<_> = written.iter().map(|item| item.id.as_str()).collect();
    for id in &ids {
        let lengths: Vec<_> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
        let (version, variant) = (&id[14..15], &id[19..20]);
        assert!(version == "4" && "89ab".contains(variant), "{id}");
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), written.len(), "ids are unique");

    let edited = navigation
        .edit("fr", |items| {
            items.retain(|item| item.kind == ItemKind::Link);
            items[0].label = Some("Début".to_owned());
        })
        .await
        .unwrap();
    assert_eq!(edited.len(), 3);
    assert_eq!(edited[0].id, written[0].id);
    assert_eq!(edited[1..], [written[3].clone(), written[4].clone()]);
    assert_eq!(tree_of(&wiki, "en").await, english);
    assert_eq!(navigation.set_items("fr", []).await.unwrap(), []);
    assert_eq!(tree_of(&wiki, "en").await, english);
}

#[tokio::test]
async fn k45_what_was_read_is_written_back_as_it_was() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    // Unusual items that a wiki can store: no label, a duplicate id, an unknown kind, groups without effect.
    let odd = json!([{ "locale": "en", "items": [
        { "id": "a", "kind": "header", "label": null, "icon": null, "targetType": null, "target": null,
          "visibilityMode": "all", "visibilityGroups": [3] },
        { "id": "a", "kind": "card", "label": "", "icon": "", "targetType": "video", "target": "",
          "visibilityMode": null, "visibilityGroups": null },
    ] }]);
    fake.set_navigation(&odd);
    let navigation = wiki.client.navigation();
    let tree = navigation.tree().await.unwrap();
    navigation.set_tree(tree).await.unwrap();
    assert_eq!(mutations(fake), [], "nothing to write");
    navigation
        .set_items("fr", [NavigationItem::home("Accueil")])
        .await
        .unwrap();
    navigation
        .edit("en", |items| items.push(NavigationItem::divider()))
        .await
        .unwrap();
    let kept = fake.navigation();
    assert_eq!(kept[0]["items"][0], odd[0]["items"][0]);
    assert_eq!(kept[0]["items"][1], odd[0]["items"][1]);
    assert_eq!(kept[0]["items"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn the_links_of_all_languages_are_replaced() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let navigation = wiki.client.navigation();
    let trees = [
        NavigationTree::new("fr", [NavigationItem::home("Accueil")]),
        NavigationTree::new("de", []),
    ];
    let written = navigation.set_tree(trees).await.unwrap();
    assert_eq!(navigation.tree().await.unwrap(), written);
    assert_eq!(fake.navigation().as_array().unwrap().len(), 2);
    let twice = [NavigationTree::new("fr", []), NavigationTree::new("fr", [])];
    let error = navigation.set_tree(twice).await.unwrap_err();
    assert!(error.is_invalid_input(), "{error:?}");
}

#[tokio::test]
async fn invalid_items_are_refused() {
    let wiki = Wiki::start().await;
    let (before, _guard) = original(&wiki).await;
    let mut twin = NavigationItem::home("Home");
    twin.id = "twin".to_owned();
    let refused = [
        vec![NavigationItem::link("", "https://example.com")],
        vec![NavigationItem::link("Forum", " ")],
        vec![NavigationItem::header("")],
        vec![NavigationItem::home("a\0b")],
        vec![NavigationItem::home("Home").visible_to([i64::MAX])],
        vec![twin.clone(), twin],
    ];
    let navigation = wiki.client.navigation();
    for items in refused {
        let error = navigation.set_items("fr", items.clone()).await.unwrap_err();
        assert!(
            matches!(error, Error::InvalidInput(_)),
            "{items:?}: {error:?}"
        );
    }
    let error = navigation.set_items("french", []).await.unwrap_err();
    assert!(error.is_invalid_input());
    let after = wiki.raw(TREE, json!({})).await;
    assert_eq!(after["data"]["navigation"]["tree"], before);
}

#[tokio::test]
async fn a_copy_of_a_stored_item_needs_a_new_id() {
    let wiki = Wiki::start().await;
    let (_, _guard) = original(&wiki).await;
    let navigation = wiki.client.navigation();
    let items = [NavigationItem::home("Home"), NavigationItem::divider()];
    let items = navigation.set_items("fr", items).await.unwrap();
    let mut twice = items.clone();
    twice.push(items[0].clone());
    let error = navigation.set_items("fr", twice.clone()).await.unwrap_err();
    assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
    assert!(error.to_string().contains(&items[0].id), "{error}");
    assert_eq!(navigation.items("fr").await.unwrap(), items);

    twice[2].id = String::new();
    let written = navigation.set_items("fr", twice).await.unwrap();
    assert_eq!(written[..2], items);
    assert_ne!(written[2].id, written[0].id);

    // A wiki that has two equal items keeps them.
    let Some(fake) = wiki.fake() else { return };
    let mut tree = fake.navigation();
    let french = tree.as_array_mut().unwrap().iter_mut();
    for tree in french.filter(|tree| tree["locale"] == "fr") {
        let first = tree["items"][0].clone();
        tree["items"].as_array_mut().unwrap().push(first);
    }
    fake.set_navigation(&tree);
    let mut stored = navigation.items("fr").await.unwrap();
    assert_eq!(stored[3], stored[0]);
    stored.push(NavigationItem::header("More"));
    assert_eq!(navigation.set_items("fr", stored).await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_write_that_stored_nothing_is_not_applied() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    fake.set_navigation(&Value::Null);
    let navigation = wiki.client.navigation();
    assert_eq!(navigation.tree().await.unwrap(), []);
    let items = [NavigationItem::home("Home")];
    let error = navigation.set_items("en", items).await.unwrap_err();
    assert!(matches!(error, Error::NotApplied { .. }), "{error:?}");
}
