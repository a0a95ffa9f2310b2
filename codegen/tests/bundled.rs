//! The documents of the workspace.

#![allow(clippy::panic, clippy::unwrap_used, reason = "tests")]

#[test]
fn generates_the_bundled_operations() {
    let compile = wikijs_codegen::configure()
        .queries("../queries")
        .crate_path("crate");
    let (code, report) = compile.generate().unwrap_or_else(|error| panic!("{error}"));
    assert!(report.operations.contains(&"PagesList".to_owned()));
    assert_eq!(
        code.matches("pub struct Status ").count(),
        1,
        "each fragment is one type"
    );
    // Lists of rows, columns that are NOT NULL, and the `responseResult` of mutations are not `Option`s.
    for field in [
        "pub tree: Vec<PagesTreePagesTree>,",
        "pub parent: i64,",
        "pub tags: Vec<String>,",
        "pub response_result: DoneResponseResult,",
        "pub page_id: Option<i64>,",
        "pub jwt: Option<String>,",
    ] {
        assert!(code.contains(field), "{field}");
    }
}

#[test]
fn operations_of_the_client_return_their_only_field() {
    let compile = wikijs_codegen::configure().queries("../queries");
    let generate = |it: wikijs_codegen::Config| it.generate().unwrap().0;
    let code = generate(compile.clone().crate_path("crate"));
    let implements = |operation: &str, field: &str| {
        let (ty, path) = field.split_once(' ').unwrap();
        code.contains(&format!(
            "impl crate::__codegen::SingleField for super::{operation} {{
        type Field = {ty};
        fn field(data: ResponseData) -> {ty} {{ data.{path} }}"
        ))
    };
    assert!(implements(
        "PagesTags",
        "Vec<PagesTagsPagesTags> pages.tags"
    ));
    assert!(implements(
        "AuthenticationApiState",
        "bool authentication.api_state"
    ));
    // Two root fields, or several fields below the root.
    for operation in ["UsersSurvey", "SystemCheck", "LoggingLiveTrail"] {
        assert!(!code.contains(&format!("SingleField for super::{operation} ")));
    }
    assert!(!generate(compile).contains("SingleField"));
}

#[test]
fn nullability_marks_are_on_by_default_and_can_be_disabled() {
    let code = |nullability: bool| {
        let compile = wikijs_codegen::configure()
            .queries("../examples/own-queries/queries")
            .nullability(nullability);
        compile
            .generate()
            .unwrap_or_else(|error| panic!("{error}"))
            .0
    };
    assert!(code(true).contains("pub pages: RecentPagesPages,"));
    assert!(code(false).contains("pub pages: Option<RecentPagesPages>,"));
}

#[test]
fn parts_that_older_wikis_lack_are_optional() {
    let compile = wikijs_codegen::configure()
        .queries("../queries")
        .crate_path("crate")
        .optional_parts(true);
    let (code, _) = compile.generate().unwrap_or_else(|error| panic!("{error}"));
    let parts =
        code.matches("(\"SiteMutation.updateConfig(footerOverride:)\", &[\"footerOverride\"], &[");
    assert_eq!(parts.count(), 1);
    assert_eq!(
        code.matches("(\"SiteConfig.footerOverride\", &[], &[")
            .count(),
        1
    );
    assert!(code.contains("(site_config::QUERY, site_config::OPTIONAL_PARTS),"));
    // The schema declares this field non-null.
    assert!(code.contains("pub is_enabled: Option<bool>,"));
    // Without these fields, nothing would be selected.
    assert!(!code.contains("(\"PageQuery.singleByPath\", &["));
    assert!(!code.contains("(\"SiteConfig.host\", &["));
}

/// A generated operation: its name, its document, and its optional parts by coordinate.
struct Generated {
    name: String,
    query: String,
    parts: Vec<(String, Vec<(usize, usize)>)>,
}

fn generated(code: &str) -> Vec<Generated> {
    let modules = code.split("pub const OPERATION_NAME: &str = \"").skip(1);
    let text = |literal: &str| {
        let literal = literal.split("\";").next().unwrap();
        literal.replace("\\n", "\n").replace("\\\"", "\"")
    };
    let modules = modules.map(|module| {
        let query = module.split("pub const QUERY: &str = \"").nth(1).unwrap();
        let before_variables = query.split("pub struct Variables").next().unwrap();
        let parts = before_variables
            .split("pub const OPTIONAL_PARTS")
            .nth(1)
            .unwrap_or_default();
        let entries = parts.lines().filter(|line| line.starts_with("    (\""));
        let entry = |entry: &str| {
            let coordinate = entry.split('"').nth(1).unwrap().to_owned();
            let numbers = entry.rsplit("&[").next().unwrap();
            let numbers = numbers.split(|c: char| !c.is_ascii_digit());
            let numbers: Vec<usize> = numbers.filter_map(|it| it.parse().ok()).collect();
            let places = numbers.chunks(2).map(|place| (place[0], place[1]));
            (coordinate, places.collect())
        };
        Generated {
            name: text(module),
            query: text(query),
            parts: entries.map(entry).collect(),
        }
    });
    modules.collect()
}

/// Returns the operations that a release of Wiki.js cannot run: complete, and without the parts that it lacks.
fn unsupported(operations: &[Generated], version: &str) -> [Vec<String>; 2] {
    let sdl = wikijs_schema::sdl_of(version);
    let schema = apollo_compiler::Schema::parse_and_validate(sdl, "wikijs.graphql").unwrap();
    let is_valid = |query: &str| {
        apollo_compiler::ExecutableDocument::parse_and_validate(&schema, query, "query").is_ok()
    };
    let numbers =
        |version: &str| -> Vec<u32> { version.split('.').map(|it| it.parse().unwrap()).collect() };
    let later = wikijs_schema::history().filter(|it| numbers(it.version) > numbers(version));
    let lacking: Vec<_> = later.map(|it| it.coordinate).collect();
    let mut found = [Vec::new(), Vec::new()];
    for operation in operations {
        let mut without = operation.query.clone();
        let parts = operation.parts.iter();
        for (_, places) in parts.filter(|it| lacking.contains(&it.0.as_str())) {
            for (start, end) in places {
                without.replace_range(*start..*end, &" ".repeat(end - start));
            }
        }
        let words = without.split_whitespace().collect::<Vec<_>>().join(" ");
        let without = words.replace("( )", "");
        for (names, query) in found.iter_mut().zip([&operation.query, &without]) {
            if !is_valid(query) {
                names.push(operation.name.clone());
            }
        }
    }
    found
}

#[test]
fn an_operation_that_a_release_has_runs_there() {
    let compile = wikijs_codegen::configure()
        .queries("../queries")
        .crate_path("crate")
        .optional_parts(true);
    let (code, report) = compile.generate().unwrap_or_else(|error| panic!("{error}"));
    let operations = generated(&code);
    assert_eq!(operations.len(), report.operations.len());
    let by_path = [
        "PagesGetByPath",
        "PagesGetIdByPath",
        "PagesGetReadableByPath",
    ];
    let export = ["SystemExport", "SystemExportStatus"];
    let lacking: [(&str, usize, Vec<&str>); 5] = [
        (
            "2.5.105",
            16,
            [
                &["PagesConvert"][..],
                &by_path,
                &["PagesPurgeHistory"],
                &export,
            ]
            .concat(),
        ),
        ("2.5.201", 12, [&by_path[..], &export].concat()),
        ("2.5.284", 8, by_path.to_vec()),
        ("2.5.296", 2, Vec::new()),
        (wikijs_schema::WIKIJS_VERSION, 0, Vec::new()),
    ];
    for (version, as_they_are, expected) in lacking {
        let [whole, without] = unsupported(&operations, version);
        assert_eq!(whole.len(), as_they_are, "{version}: {whole:?}");
        assert_eq!(without, expected, "{version}");
    }
    // The same for all other releases.
    let mut releases: Vec<_> = wikijs_schema::history().map(|it| it.version).collect();
    releases.dedup();
    for version in releases {
        let [_, without] = unsupported(&operations, version);
        let names = [
            &["PagesConvert"][..],
            &by_path,
            &["PagesPurgeHistory"],
            &export,
        ]
        .concat();
        assert!(
            without.iter().all(|it| names.contains(&it.as_str())),
            "{version}: {without:?}"
        );
    }
}
