//! The GraphQL schema of Wiki.js 2.x as SDL.
//!
//! The text stands in a crate of its own so that a build script of any crate can read it without building the client:
//! `wikijs-codegen` checks and generates against it, `wikijs-fake` executes requests against it. It holds no code.

/// The schema as SDL: types, fields, arguments and enum values sorted by name, as `wikijs schema pull` prints it.
///
/// ```
/// assert!(wikijs_schema::SDL.contains("type PageQuery {"));
/// ```
pub const SDL: &str = include_str!("../wikijs.graphql");

/// The Wiki.js version whose introspection answer [`SDL`] was printed from.
///
/// ```
/// assert!(wikijs_schema::WIKIJS_VERSION.starts_with("2."));
/// ```
pub const WIKIJS_VERSION: &str = include_str!("../WIKIJS_VERSION").trim_ascii();
