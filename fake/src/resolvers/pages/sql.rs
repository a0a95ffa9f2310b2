//! The statements that Wiki.js puts into the messages of database errors.

/// Of `pages.create`.
pub(super) const INSERT_PAGE: &str = "insert into \"pages\" (\"authorId\", \"content\", \"contentType\", \
    \"createdAt\", \"creatorId\", \"description\", \"editorKey\", \"extra\", \"hash\", \"isPrivate\", \
    \"isPublished\", \"localeCode\", \"path\", \"publishEndDate\", \"publishStartDate\", \"title\", \"toc\", \
    \"updatedAt\") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) \
    returning \"id\"";

/// Of `pages.update`.
pub(super) const UPDATE_PAGE: &str = "update \"pages\" set \"authorId\" = $1, \"content\" = $2, \
    \"description\" = $3, \"isPublished\" = $4, \"publishEndDate\" = $5, \"publishStartDate\" = $6, \
    \"title\" = $7, \"extra\" = $8, \"updatedAt\" = $9 where \"id\" = $10";

/// Of `pages.move`.
pub(super) const MOVE_PAGE: &str = "update \"pages\" set \"path\" = $1, \"localeCode\" = $2, \"title\" = $3, \
    \"hash\" = $4, \"updatedAt\" = $5 where \"pages\".\"id\" = $6";

/// Of `pages.migrateToLocale`.
pub(super) const MIGRATE_PAGES: &str = "update \"pages\" set \"localeCode\" = $1, \"updatedAt\" = $2 where \
    \"localeCode\" = $3 and not exists (select \"id\" from \"pages\" as \"pagesm\" where \"pagesm\".\"localeCode\" \
    = $4 and pagesm.path = pages.path)";

/// Of new tags.
pub(super) const INSERT_TAGS: &str = "insert into \"tags\" (\"createdAt\", \"tag\", \"title\", \"updatedAt\") values ($1, $2, $3, $4) returning \"id\"";

/// Of `pages.updateTag`.
pub(super) const UPDATE_TAG: &str = "update \"tags\" set \"tag\" = $1, \"title\" = $2, \"updatedAt\" = $3 where \"tags\".\"id\" = $4";

/// Of `pages.history`.
pub(super) const HISTORY: &str = "select \"pageHistory\".\"id\", \"pageHistory\".\"path\", \
    \"pageHistory\".\"authorId\", \"pageHistory\".\"action\", \"pageHistory\".\"versionDate\", \
    \"author\".\"name\" as \"authorName\" from \"pageHistory\" inner join \"users\" as \"author\" on \
    \"author\".\"id\" = \"pageHistory\".\"authorId\" where \"pageHistory\".\"pageId\" = $1 order by \
    \"pageHistory\".\"versionDate\" desc limit $2";

/// Of `pages.search`.
pub(super) const SEARCH: &str = "select \"pages\".\"id\", \"title\", \"description\", \"path\", \"localeCode\" as \
    \"locale\", \"tags\".\"tag\" as \"tags:tag\", \"tags\".\"id\" as \"tags:id\" from \"pages\" left join \
    \"pageTags\" as \"tags_join\" on \"tags_join\".\"pageId\" = \"pages\".\"id\" left join (select \"tag\", \
    \"tags\".\"id\" from \"tags\") as \"tags\" on \"tags_join\".\"tagId\" = \"tags\".\"id\" where (\"isPublished\" \
    = $1 and (\"title\" ilike $2 or \"description\" ilike $3 or \"path\" ilike $4)) limit $5";

/// Of `pages.list`, ordered by `column`.
pub(super) fn list(column: &str, direction: &str) -> String {
    format!(
        "select \"pages\".\"id\", \"path\", \"localeCode\" as \"locale\", \"title\", \"description\", \
         \"isPublished\", \"isPrivate\", \"privateNS\", \"contentType\", \"createdAt\", \"updatedAt\", \
         \"tags\".\"tag\" as \"tags:tag\", \"tags\".\"id\" as \"tags:id\" from \"pages\" left join \"pageTags\" as \
         \"tags_join\" on \"tags_join\".\"pageId\" = \"pages\".\"id\" left join (select \"tag\", \"tags\".\"id\" from \
         \"tags\") as \"tags\" on \"tags_join\".\"tagId\" = \"tags\".\"id\" order by {column} {direction} limit $1"
    )
}

/// Characters that a short text column takes.
pub(super) const SHORT_TEXT: usize = 255;
/// Characters that a locale code takes.
pub(super) const LOCALE_TEXT: usize = 5;
