//! Check of the permissions that an import needs, if the caller can read its own permissions.

use wikijs_client::groups::Permission;

use super::{
    compare::Comparison,
    plan::{AssetAction, PageAction},
};
use crate::{error::Result, report::FileProblem};

impl Comparison {
    /// Adds a problem for each permission that the caller lacks.
    pub(super) async fn missing_permissions(&mut self) -> Result<()> {
        let needed = self.needed_permissions();
        if needed.is_empty() {
            return Ok(());
        }
        // Only an API key names its group. The groups of a user are unknown.
        let Some(group) = self.import.client.key_claims().map(|claims| claims.group) else {
            return Ok(());
        };
        let group = match self.import.client.groups().get(group).await {
            Ok(group) => group,
            Err(error) if error.is_transient() || error.is_unauthenticated() => {
                return Err(error.into());
            }
            // Reading a group requires a permission to manage groups, without which nothing can be checked.
            Err(_) => return Ok(()),
        };
        if group.permissions.contains(&Permission::ManageSystem) {
            return Ok(());
        }
        for (permission, what) in needed {
            if !group.permissions.contains(&permission) {
                let problem = format!(
                    "the group `{}` of the caller has no permission {permission}, which is needed {what}",
                    group.name
                );
                let remedy = "use another key, or give the group the permission";
                self.plan
                    .problems
                    .push(FileProblem::new("", problem, remedy));
            }
        }
        Ok(())
    }

    fn needed_permissions(&self) -> Vec<(Permission, &'static str)> {
        let pages = &self.plan.pages;
        let assets = &self.plan.assets;
        let any_page =
            |wanted: fn(&PageAction) -> bool| pages.iter().any(|page| wanted(&page.action));
        let any_asset =
            |wanted: fn(&AssetAction) -> bool| assets.iter().any(|asset| wanted(&asset.action));
        let writes =
            any_page(|action| matches!(action, PageAction::Create | PageAction::Update { .. }));
        let uploads =
            any_asset(|action| matches!(action, AssetAction::Upload | AssetAction::Replace));
        let needed = [
            (writes, Permission::WritePages, "to write pages"),
            (
                any_page(|action| matches!(action, PageAction::Delete { .. })),
                Permission::DeletePages,
                "to delete pages",
            ),
            (
                pages.iter().any(|page| page.needs.styles),
                Permission::WriteStyles,
                "to write `scriptCss`",
            ),
            (
                pages.iter().any(|page| page.needs.scripts),
                Permission::WriteScripts,
                "to write `scriptJs`",
            ),
            (
                uploads || !self.plan.asset_folders.is_empty(),
                Permission::WriteAssets,
                "to upload assets",
            ),
            (
                any_asset(|action| matches!(action, AssetAction::Delete)),
                Permission::ManageAssets,
                "to delete assets",
            ),
        ];
        let needed = needed.into_iter().filter(|(is_needed, ..)| *is_needed);
        needed
            .map(|(_, permission, what)| (permission, what))
            .collect()
    }
}
