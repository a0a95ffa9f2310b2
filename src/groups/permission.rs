//! What a group may do.

use crate::types::open_enum;

/// Declares the permissions once: variant, name in Wiki.js, what it allows.
macro_rules! permissions {
    ($($variant:ident $name:literal $text:literal;)*) => {
        open_enum! {
            /// What a group may do, by the name that Wiki.js gives it.
            ///
            /// Wiki.js takes any text for a permission, and what it does not know allows nothing.
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
            /// All that this version of the library knows.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];
        }
    };
}

permissions! {
    ReadPages "read:pages" "to read and search pages";
    WritePages "write:pages" "to make and change pages";
    ManagePages "manage:pages" "to move pages, and to read them by id or path over the API";
    DeletePages "delete:pages" "to delete pages";
    WriteStyles "write:styles" "to give pages style sheets of their own";
    WriteScripts "write:scripts" "to give pages scripts of their own";
    ReadSource "read:source" "to read the source of pages";
    ReadHistory "read:history" "to read the earlier versions of pages";
    ReadAssets "read:assets" "to see images and files";
    WriteAssets "write:assets" "to upload files and make folders";
    ManageAssets "manage:assets" "to rename and delete files";
    ReadComments "read:comments" "to read comments";
    WriteComments "write:comments" "to write comments";
    ManageComments "manage:comments" "to change and delete comments of others";
    WriteUsers "write:users" "to make users, but not for groups that administrate";
    ManageUsers "manage:users" "to change and delete users, but not to make administrators of them";
    WriteGroups "write:groups" "to make and change groups that do not administrate";
    ManageGroups "manage:groups" "to make and change groups, but not those with `manage:system`";
    ManageNavigation "manage:navigation" "to change the navigation";
    ManageTheme "manage:theme" "to change the theme";
    ManageApi "manage:api" "to make and revoke API keys";
    ManageSystem "manage:system" "to do everything";
}

impl From<&Permission> for Permission {
    fn from(permission: &Permission) -> Self {
        permission.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::Permission;

    #[test]
    fn every_name_leads_back_to_its_permission() {
        for permission in Permission::ALL {
            assert_eq!(Permission::from(permission.as_str()), *permission);
        }
        let other = Permission::from("fly:kites");
        assert_eq!(other, Permission::Other("fly:kites".to_owned()));
        assert_eq!(other.to_string(), "fly:kites");
    }
}
