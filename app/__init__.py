"""People, permission, storage and pages."""

import gc
from functools import partial

from flask import Flask

from app.settings import Settings


def create_app(settings: Settings) -> Flask:
    """The site. Refuses to start where a page or kind of resource has no policy, or on a database of the other kind."""
    from app import db, keyring, logs, pages
    from app.access import gate, oidc, policy, provider_views
    from app.access import views as access
    from app.cli import install as install_commands
    from app.export import cohort_views as cohorts
    from app.export import token_views as tokens
    from app.export import views as export
    from app.governance import access_review_views as access_review
    from app.governance import alert_views as alerts
    from app.governance import erasure_views as erasure
    from app.governance import held_accounts
    from app.governance import looks_search_views as looks_search
    from app.governance import views as governance
    from app.health import bp as health
    from app.migrate import refuse_other_keys, refuse_other_kind
    from app.portal import joining, log_views, record_views
    from app.portal import views as portal
    from app.viewer import views as viewer
    from app.viewer import worklist_views as worklist

    logs.install()
    app = Flask(__name__)
    app.config["SETTINGS"] = settings
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    app.extensions["engine"] = keyring.attach(db.engine_for(settings.database_url), settings.keys_dir)
    refuse_other_kind(app.extensions["engine"], is_demo=settings.is_demo)
    refuse_other_keys(app.extensions["engine"])
    pages.install(app)
    gate.install(app, settings)
    oidc.install(app, settings)
    app.extensions["patient_sign_in"] = partial(joining.welcome, app.extensions["engine"])
    planning = (export.bp, tokens.bp, cohorts.bp, governance.bp)
    officer = (access_review.bp, alerts.bp, looks_search.bp, held_accounts.bp, erasure.bp)
    own = (portal.bp, record_views.bp, log_views.bp)
    everyones = (access.bp, provider_views.bp, health, viewer.bp, worklist.bp)
    for blueprint in (*everyones, *own, *planning, *officer):
        app.register_blueprint(blueprint)
    install_commands(app)
    gate.check_endpoints(app)
    policy.check_kinds()
    gc.collect()
    gc.freeze()  # what is loaded now stays: the collector need not walk it on every page
    gc.set_threshold(50_000, 20, 20)  # by itself Python lets unused queries pile up as a feed grows
    return app
