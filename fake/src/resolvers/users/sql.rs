//! The statements that Wiki.js puts into the messages of database errors.

/// Of `users.create`, for a user of another strategy than `local`.
pub(super) const INSERT_USER: &str = "insert into \"users\" (\"createdAt\", \"email\", \"isActive\", \"isSystem\", \
    \"isVerified\", \"mustChangePwd\", \"name\", \"providerKey\", \"tfaIsActive\", \"updatedAt\") values ($1, $2, $3, \
    $4, $5, $6, $7, $8, $9, $10) returning \"id\"";

/// Of a user's group.
pub(super) const INSERT_GROUP: &str =
    "insert into \"userGroups\" (\"groupId\", \"userId\") values ($1, $2) returning \"groupId\"";

/// Of `users.search`.
pub(super) const SEARCH: &str = "select \"id\", \"email\", \"name\", \"providerKey\", \"createdAt\" from \"users\" \
    where \"email\" like $1 or \"name\" like $2 limit $3";

/// Characters that a column takes.
pub(super) const SHORT_TEXT: usize = 255;

/// Of `users.update`, for the columns that change.
pub(super) fn update(columns: &[&str]) -> String {
    let set: Vec<String> = columns
        .iter()
        .chain(&["updatedAt"])
        .enumerate()
        .map(|(index, column)| format!("\"{column}\" = ${}", index + 1))
        .collect();
    let id = set.len() + 1;
    format!(
        "update \"users\" set {} where \"users\".\"id\" = ${id}",
        set.join(", ")
    )
}
