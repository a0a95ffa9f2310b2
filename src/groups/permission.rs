//! Permissions of groups.

use crate::types::open_enum;

/// Declares the permissions, each with its variant, its name in Wiki.js, and what it allows.
macro_rules! permissions {
    ($($variant:ident $name:literal $text:literal;)*) => {
        open_enum! {
            /// A permission of a group.
            ///
            /// Wiki.js accepts any text as a permission. An unknown text has no effect.
            ///
            /// ```
            /// use wikijs_client::groups::Permission;
            ///
            /// assert_eq!(Permission::from("write:pages"), Permission::WritePages);
            /// assert_eq!(Permission::WritePages.to_string(), "write:pages");
            /// ```
            Permission {
                $(#[doc = concat!("`", $name, "`: ", $text, ".")] $variant = $name,)*
            }
        }

        impl Permission {
            /// All permissions that this version of the library knows.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];
        }
    };
}

permissions! {
    ReadPages "read:pages" "to read and search pages";
    WritePages "write:pages" "to create and update pages";
    ManagePages "manage:pages" "to move pages, and to read them by id or path over the API";
    DeletePages "delete:pages" "to delete pages";
    WriteStyles "write:styles" "to set the style sheet of a page";
    WriteScripts "write:scripts" "to set the scripts of a page";
    ReadSource "read:source" "to read the source of pages";
    ReadHistory "read:history" "to read the earlier versions of pages";
    ReadAssets "read:assets" "to list and download files";
    WriteAssets "write:assets" "to upload files and create folders";
    ManageAssets "manage:assets" "to rename and delete files";
    ReadComments "read:comments" "to read comments";
    WriteComments "write:comments" "to write comments";
    ManageComments "manage:comments" "to update and delete comments, including one's own";
    WriteUsers "write:users" "to create users, except in groups that administer the wiki";
    ManageUsers "manage:users" "to update and delete users, but not to make them administrators";
    WriteGroups "write:groups" "to create and update groups that do not administer the wiki";
    ManageGroups "manage:groups" "to create and update groups, except those with `manage:system`";
    ManageNavigation "manage:navigation" "to change the navigation";
    ManageTheme "manage:theme" "to change the theme";
    ManageApi "manage:api" "to create and revoke API keys";
    ManageSystem "manage:system" "to do everything";
}

#[cfg(test)]
mod tests {
    use super::Permission;

    #[test]
    fn names_convert_to_their_permissions() {
        for permission in Permission::ALL {
            assert_eq!(Permission::from(permission.as_str()), *permission);
        }
        let other = Permission::from("fly:kites");
        assert_eq!(other, Permission::Other("fly:kites".to_owned()));
        assert_eq!(other.to_string(), "fly:kites");
    }
}
