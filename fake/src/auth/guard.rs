//! The permissions that Wiki.js asks for before it resolves a field (its `@auth` directive).
//!
//! Introspection does not show directives, so the SDL does not have them.

const SYSTEM: &[&str] = &["manage:system"];
const READ: &[&str] = &["manage:system", "read:pages"];
const HISTORY: &[&str] = &["manage:system", "read:history"];
const WRITE: &[&str] = &["write:pages", "manage:pages", "manage:system"];
const WRITE_FIELD: &[&str] = &["write:pages", "manage:system"];
const GROUPS: &[&str] = &["write:groups", "manage:groups", "manage:system"];
const GROUPS_OR_USERS: &[&str] = &[
    "write:users",
    "manage:users",
    "write:groups",
    "manage:groups",
    "manage:system",
];
const TOTALS_OF_PAGES: &[&str] = &[
    "manage:system",
    "manage:navigation",
    "manage:pages",
    "delete:pages",
];
const TOTALS_OF_PEOPLE: &[&str] = &[
    "manage:system",
    "manage:navigation",
    "manage:groups",
    "write:groups",
    "manage:users",
    "write:users",
];

/// The permissions of which one is needed for a field; `None` where everybody may read it.
pub(crate) fn required(type_name: &str, field: &str) -> Option<&'static [&'static str]> {
    match (type_name, field) {
        ("PageQuery", "history" | "version") => Some(HISTORY),
        ("PageQuery", "checkConflicts" | "conflictLatest")
        | ("PageMutation", "create" | "update" | "convert" | "restore") => Some(WRITE),
        ("PageQuery", _) => Some(READ),
        ("PageMutation", "move") => Some(&["manage:pages", "manage:system"]),
        ("PageMutation", "delete") => Some(&["delete:pages", "manage:system"]),
        ("Page", "content") => Some(&["read:source", "write:pages", "manage:system"]),
        (
            "Page",
            "isPrivate" | "isPublished" | "privateNS" | "publishStartDate" | "publishEndDate"
            | "editor" | "authorId" | "authorName" | "authorEmail" | "creatorId" | "creatorName"
            | "creatorEmail",
        ) => Some(WRITE_FIELD),
        ("AssetQuery", _) => Some(&["manage:system", "read:assets"]),
        ("AssetMutation", "createFolder") => Some(&["manage:system", "write:assets"]),
        ("AssetMutation", "renameAsset" | "deleteAsset") => {
            Some(&["manage:system", "manage:assets"])
        }
        (
            "AnalyticsQuery" | "AnalyticsMutation" | "LoggingQuery" | "LoggingMutation"
            | "MailQuery" | "MailMutation" | "RenderingQuery" | "RenderingMutation" | "SearchQuery"
            | "SearchMutation" | "StorageQuery" | "StorageMutation",
            _,
        )
        | ("CommentQuery", "providers")
        | ("CommentMutation", "updateProviders")
        | ("AuthenticationMutation", "updateStrategies")
        | ("AuthenticationStrategy", "props")
        | ("AuthenticationActiveStrategy", "config" | "domainWhitelist" | "autoEnrollGroups") => {
            Some(SYSTEM)
        }
        ("CommentQuery", "list" | "single") => Some(&["read:comments", "manage:system"]),
        ("CommentMutation", "create") => Some(&["write:comments", "manage:system"]),
        ("CommentMutation", "update") | ("CommentPost", "content") => {
            Some(&["write:comments", "manage:comments", "manage:system"])
        }
        ("CommentMutation", "delete") => Some(&["manage:comments", "manage:system"]),
        ("UserQuery", "list") | ("UserMutation", "create") => {
            Some(&["write:users", "manage:users", "manage:system"])
        }
        ("UserMutation", "resetPassword" | "updateProfile" | "changePassword") => None,
        ("UserQuery", "single") | ("UserMutation", _) => Some(&["manage:users", "manage:system"]),
        ("UserQuery", "search" | "lastLogins") | ("GroupQuery", "list") => Some(GROUPS_OR_USERS),
        ("GroupMutation", "assignUser" | "unassignUser") => Some(&[
            "manage:users",
            "write:groups",
            "manage:groups",
            "manage:system",
        ]),
        ("GroupQuery", "single") | ("GroupMutation", _) => Some(GROUPS),
        ("SystemInfo", "pagesTotal" | "tagsTotal") => Some(TOTALS_OF_PAGES),
        ("SystemInfo", "groupsTotal" | "usersTotal") => Some(TOTALS_OF_PEOPLE),
        ("AuthenticationQuery", "apiKeys" | "apiState")
        | ("AuthenticationMutation", "setApiState" | "createApiKey" | "revokeApiKey") => {
            Some(&["manage:system", "manage:api"])
        }
        ("ThemingQuery" | "ThemingMutation", _) => Some(&["manage:theme", "manage:system"]),
        ("NavigationQuery" | "NavigationMutation", _) => {
            Some(&["manage:navigation", "manage:system"])
        }
        (
            "AssetMutation"
            | "PageMutation"
            | "SystemInfo"
            | "SystemMutation"
            | "SiteMutation"
            | "LocalizationMutation",
            _,
        )
        | ("SystemQuery", "flags" | "extensions" | "exportStatus")
        | ("SiteQuery", "config")
        | ("AuthenticationQuery", "strategies")
        | ("AuthenticationMutation", "regenerateCertificates" | "resetGuestUser")
        | ("CommentPost", "authorEmail" | "authorIP") => Some(SYSTEM),
        _ => None,
    }
}
