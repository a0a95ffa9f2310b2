//! Renderers: how Wiki.js makes HTML of a page's content.
//!
//! A core turns one content type into another, such as `markdownCore` Markdown into HTML; the others
//! depend on a core and add something to it. A change shows in a page once it is rendered again, see
//! [`Pages::render`](crate::pages::Pages::render).
//!
//! ```
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
//! use wikijs_client::providers::ProviderUpdate;
//!
//! let update = ProviderUpdate::new().set("typographer", true).set("quotes", "French");
//! wiki.renderers().update("markdownCore", update).await?;
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```
//!
//! Everything here wants the permission `manage:system`.

use crate::{
    api::{self, inputs::RendererInput},
    client::Client,
    error::{Error, Result},
    outcome::{mutation, query},
    providers::{self, Configured, Dialect, Domain, ProviderUpdate, Settings, configured, written},
    transport::Turn,
};

/// The renderers of a wiki. Cheap to make and to clone.
#[derive(Debug, Clone)]
pub struct Renderers {
    client: Client,
}

impl Client {
    /// The renderers of the wiki.
    pub fn renderers(&self) -> Renderers {
        Renderers {
            client: self.clone(),
        }
    }
}

/// A renderer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Renderer {
    /// `key`, such as `markdownCore`.
    pub key: String,
    /// `title`.
    pub title: String,
    /// `description`; empty where there is none.
    pub description: String,
    /// `icon`: the name of a picture.
    pub icon: Option<String>,
    /// `dependsOn`: the key of the core without which it does nothing. `None` of a core.
    pub depends_on: Option<String>,
    /// `input`: the content type that a core takes.
    pub input: Option<String>,
    /// `output`: the content type that a core makes.
    pub output: Option<String>,
    /// `isEnabled`.
    pub is_enabled: bool,
    /// `config`.
    pub settings: Settings,
}

impl Renderer {
    /// Whether it is a core, on which others may depend.
    pub fn is_core(&self) -> bool {
        self.depends_on.is_none()
    }
}

impl Configured for Renderer {
    fn key(&self) -> &str {
        &self.key
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    fn is_enabled_mut(&mut self) -> &mut bool {
        &mut self.is_enabled
    }
}

impl Renderers {
    /// All renderers, by key.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn list(&self) -> Result<Vec<Renderer>> {
        self.read().await
    }

    /// One renderer.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list); [`is_not_found`](Error::is_not_found) if there is none of that key.
    pub async fn get(&self, key: &str) -> Result<Renderer> {
        providers::find::<Self>(self.read().await?, key)
    }

    /// Changes what the update names of a renderer, keeps everything else, and gives the renderer
    /// back.
    ///
    /// Switching off a core switches off what depends on it, too, as long as it is off, and leaves the
    /// pages of its content type without a rendering.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such renderer. [`Error::InvalidInput`] for a
    /// setting or a value that it does not take, and for switching on a renderer whose core is
    /// switched off, where it would do nothing: nothing is sent then.
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn update(&self, key: &str, update: ProviderUpdate) -> Result<Renderer> {
        let changed = move |renderers: &mut Vec<Renderer>, key: &str| {
            update.apply(providers::named::<Self>(renderers, key)?)?;
            if update.is_enabled == Some(true) {
                check_core(renderers, key)?;
            }
            Ok(())
        };
        providers::find::<Self>(providers::change(self, key, changed).await?, key)
    }
}

fn check_core(renderers: &[Renderer], key: &str) -> Result<()> {
    let of_key = |key: &str| renderers.iter().find(|renderer| renderer.key == key);
    let core = of_key(key).and_then(|renderer| renderer.depends_on.as_deref());
    let Some(core) = core else {
        return Ok(());
    };
    if of_key(core).is_some_and(|core| core.is_enabled) {
        return Ok(());
    }
    Err(Error::invalid(
        "enabled",
        format!("`{key}` depends on `{core}`, which is not switched on"),
        format!("switch on `{core}` first"),
    ))
}

impl Domain for Renderers {
    type Provider = Renderer;

    const READ: &'static str = "RenderingRenderers";
    const WRITE: &'static str = "RenderingUpdateRenderers";
    const NOUN: &'static str = "renderer";

    fn client(&self) -> &Client {
        &self.client
    }

    async fn read(&self) -> Result<Vec<Renderer>> {
        let variables = api::rendering_renderers::Variables::new();
        let renderers = query!(
            self.client,
            RenderingRenderers,
            rendering.renderers,
            variables
        );
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        providers::by_key(renderers.into_iter().flatten().map(|renderer| {
            Ok(Renderer {
                settings: configured(
                    "RenderingRenderers",
                    &renderer.key,
                    Dialect::Json,
                    renderer.config,
                )?,
                key: renderer.key,
                title: renderer.title,
                description: renderer.description.unwrap_or_default(),
                icon: filled(renderer.icon),
                depends_on: filled(renderer.depends_on),
                input: filled(renderer.input),
                output: filled(renderer.output),
                is_enabled: renderer.is_enabled,
            })
        }))
    }

    async fn send(&self, turn: &Turn, renderers: &[Renderer]) -> Result<()> {
        let input = renderers.iter().map(|renderer| {
            Some(RendererInput {
                config: written!(renderer.settings, Dialect::Json),
                ..RendererInput::new(renderer.is_enabled, renderer.key.clone())
            })
        });
        let variables = api::rendering_update_renderers::Variables {
            renderers: input.collect::<Vec<_>>().into(),
        };
        mutation!(
            self.client,
            turn,
            RenderingUpdateRenderers,
            rendering.update_renderers,
            variables
        );
        Ok(())
    }
}
