"""Addresses of log-in, people and organisation."""

from __future__ import annotations

from django.urls import path

from zhike.access import approval_views, bank_login, deputy_views, role_views, rule_views, second_pages, security_pages, views, work_views

urlpatterns = [
    path("login/", views.login, name="login"),
    path("login/demo/", views.demo_login, name="demo-login"),
    path("login/second/", second_pages.second, name="second"),
    path("login/passkey/begin/", second_pages.passkey_begin, name="passkey-begin"),
    path("login/passkey/", second_pages.passkey, name="passkey"),
    path("login/bank/", bank_login.begin, name="bank-login"),
    path("login/bank/back/", bank_login.back, name="bank-login-back"),
    path("logout/", views.logout, name="logout"),
    path("language/", views.set_language, name="set_language"),
    path("looks/", views.set_looks, name="set-looks"),
    path("me/", views.me, name="profile"),
    path("me/password/", views.my_password, name="my-password"),
    path("people/", views.people, name="people"),
    path("people/new/", views.person_new, name="person-new"),
    path("people/<int:person_id>/", views.person_edit, name="person-edit"),
    path("asked/", work_views.works, name="work"),
    path("asked/<int:work_id>/", work_views.one, name="work-one"),
    path("asked/<int:work_id>/cancel/", work_views.cancel, name="work-cancel"),
    path("asked/<int:work_id>/retry/", work_views.retry, name="work-retry"),
    path("organisation/", views.organisation, name="organisation"),
    path("me/security/", security_pages.mine, name="security"),
    path("me/security/code/", second_pages.code, name="my-code"),
    path("me/security/code/away/", second_pages.code_away, name="my-code-away"),
    path("me/security/papers/", second_pages.papers, name="my-papers"),
    path("me/security/passkeys/begin/", second_pages.my_passkey_begin, name="my-passkey-begin"),
    path("me/security/passkeys/", second_pages.my_passkey, name="my-passkey"),
    path("me/security/passkeys/<int:passkey_id>/away/", second_pages.passkey_away, name="my-passkey-away"),
    path("people/<int:person_id>/security/reset/", security_pages.reset, name="person-second-reset"),
    path("me/security/sessions/end/", security_pages.end_mine, name="my-sessions-end"),
    path("people/<int:person_id>/security/", security_pages.persons, name="person-security"),
    path("people/<int:person_id>/security/sessions/end/", security_pages.end_persons, name="person-sessions-end"),
    path("approvals/", approval_views.approvals, name="approvals"),
    path("approvals/rules/", rule_views.rules, name="approval-rules"),
    path("approvals/<int:proposal_id>/", approval_views.approval, name="approval"),
    path("approvals/<int:proposal_id>/approve/", approval_views.approve, name="approval-approve"),
    path("approvals/<int:proposal_id>/refuse/", approval_views.refuse, name="approval-refuse"),
    path("approvals/<int:proposal_id>/withdraw/", approval_views.withdraw, name="approval-withdraw"),
    path("approvals/<int:proposal_id>/confirm/", approval_views.confirm, name="approval-confirm"),
    path("approvals/<int:proposal_id>/comment/", approval_views.comment, name="approval-comment"),
    path("roles/", role_views.roles, name="roles"),
    path("roles/new/", role_views.role_new, name="role-new"),
    path("roles/compare/", role_views.roles_compared, name="roles-compared"),
    path("roles/<slug:role_name>/", role_views.role_edit, name="role"),
    path("deputies/", deputy_views.deputies, name="deputies"),
]
