//! Names and paths of files, without a wiki.

use wikijs_client::{
    Client,
    assets::{AssetLimits, AssetPath, stored_name},
};

#[test]
fn stored_names_are_those_of_wiki_js() {
    for (name, stored) in [
        ("Photo 1.PNG", "photo_1.png"),
        ("a,b;c#d.png", "a_b_c_d.png"),
        ("a , ; #b.png", "a_b.png"),
        ("ümläut.PNG", "ümläut.png"),
        ("日本語.png", "日本語.png"),
        ("emoji😀.png", "emoji😀.png"),
        (".hidden", ".hidden"),
        ("..png", "..png"),
        ("a..b.png", "a..b.png"),
        ("%41.png", "%41.png"),
        ("a+b.png", "a+b.png"),
        ("it's.png", "it's.png"),
        ("tab\there.png", "tab_here.png"),
        ("trail .png ", "trail_.png_"),
        ("trail.", "trail"),
        ("x.png...", "x.png"),
        ("a*b?.png", "ab.png"),
        ("pipe|lt<gt>.png", "pipeltgt.png"),
        ("\u{a0}nbsp.png", "_nbsp.png"),
        ("\u{3000}.png", "_.png"),
        ("\u{85}nel.png", "nel.png"),
        ("\u{200b}zws.png", "\u{200b}zws.png"),
        ("e\u{301}.png", "e\u{301}.png"),
        ("İ.png", "i\u{307}.png"),
        ("ΣΑΣ.png", "σασ.png"),
        ("ß.PNG", "ß.png"),
        ("\u{7}bell.png", "bell.png"),
        (" .png", "_.png"),
        ("null", "null"),
        ("a,\0,b.png", "a__b.png"),
        ("a\0,b.png", "a_b.png"),
        ("a\0b.png", "ab.png"),
    ] {
        assert_eq!(stored_name(name).unwrap(), stored, "{name:?}");
        assert_eq!(stored_name(stored).unwrap(), stored, "once is enough");
    }
}

#[test]
fn names_that_wiki_js_would_replace_are_refused() {
    let long = "a".repeat(252) + ".png";
    for name in [
        "",
        ".",
        "..",
        "...",
        "?",
        "con",
        "CON.PNG",
        "nul",
        "aux.tar.gz",
        "com1.txt",
        "lpt9",
        "co:n",
        "a/b.png",
        "a\\b.png",
        "../x.png",
        long.as_str(),
    ] {
        assert!(
            stored_name(name).unwrap_err().is_invalid_input(),
            "{name:?}"
        );
    }
    assert_eq!(stored_name(&long[1..]).unwrap().len(), 255);
    assert_eq!(stored_name("com10.txt").unwrap(), "com10.txt");
}

#[test]
fn urls_of_files_avoid_the_routes_of_wiki_js() {
    for (base, path, url) in [
        ("http://w/", "docs/a b.png", "http://w/docs/a%20b.png"),
        (
            "http://w/wiki/",
            "docs/100%#.png",
            "http://w/wiki/docs/100%25%23.png",
        ),
        ("http://w/", "ü/日.png", "http://w/en/%C3%BC/%E6%97%A5.png"),
        ("http://w/", "a/p.png", "http://w/en/a/p.png"),
        ("http://w/", "fr/p.png", "http://w/en/fr/p.png"),
        ("http://w/", "pt-br/p.png", "http://w/en/pt-br/p.png"),
        ("http://w/", "graphql/p.png", "http://w/en/graphql/p.png"),
        ("http://w/", "favicon.ico", "http://w/en/favicon.ico"),
        ("http://w/", "docs/fr/p.png", "http://w/docs/fr/p.png"),
    ] {
        let wiki = Client::builder(base).default_locale("en").build().unwrap();
        assert_eq!(wiki.assets().url(path).unwrap().as_str(), url);
    }
}

#[test]
fn files_that_cannot_be_downloaded_are_recognized() {
    let mut limits = AssetLimits::default();
    limits.page_extensions = ["md", "txt"].map(str::to_owned).into();
    let wiki = Client::builder("http://w/").build().unwrap();
    for (path, is_unreachable) in [
        ("docs/photo.png", false),
        ("docs/noext", true),
        ("v1.0/noext", false),
        ("docs/read.me.md", true),
        ("docs/readmemd.zip", false),
        ("docs/page.html", false),
        ("a..b.png", true),
        ("a//b.png", true),
    ] {
        let path = AssetPath::from(path);
        let checked = limits.check_path(&path);
        assert_eq!(checked.is_err(), is_unreachable, "{path}: {checked:?}");
        // The extensions of pages are a setting of the wiki.
        let has_url = wiki.assets().url(&path).is_ok();
        assert_eq!(has_url, !is_unreachable || path.ends_with(".md"), "{path}");
    }
}
