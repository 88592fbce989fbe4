"""Fields that an administrator declares and the facts that only people know, as fields of the same kind (decision 2, S3, S5, S14, S16–S19)."""

from __future__ import annotations

from typing import Any

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from zhike.access.walls import wall, wall_through

PERSONS = ["individual", "sole_trader"]
FIRMS = ["company", "financial_institution", "institution", "unincorporated"]


def _choices(*words: tuple[str, str, str]) -> list[dict[str, str]]:
    return [{"value": value, "en": en, "zh": zh} for value, en, zh in words]


NEEDS = _choices(
    ("saving", "Saving", "储蓄"), ("wealth", "Wealth management", "财富管理"), ("home_loan", "Home loan", "住房贷款"), ("business_loan", "Business loan", "经营贷款"),
    ("consumer_loan", "Consumer loan", "消费贷款"), ("insurance", "Insurance", "保险保障"), ("retirement", "Retirement", "养老规划"), ("education", "Education", "子女教育"),
    ("payments", "Payments and collection", "支付结算"), ("payroll", "Payroll", "代发工资"), ("trade", "Trade and foreign currency", "贸易与外汇"), ("cash", "Cash management", "现金管理"),
)  # fmt: skip
HOBBIES = _choices(
    ("tea", "Tea", "品茶"), ("reading", "Reading", "阅读"), ("sports", "Sports", "运动健身"), ("golf", "Golf", "高尔夫"), ("travel", "Travel", "旅行"), ("music", "Music", "音乐"),
    ("calligraphy", "Calligraphy and painting", "书画"), ("photography", "Photography", "摄影"), ("gardening", "Gardening", "花艺园艺"), ("food", "Food", "美食"), ("charity", "Charity", "公益"),
)  # fmt: skip
CHANNELS = _choices(
    ("phone", "Telephone", "电话"), ("wechat", "WeChat", "微信"), ("sms", "Text message", "短信"), ("email", "E-mail", "电子邮件"), ("visit", "Visit", "上门拜访"), ("outlet", "At the outlet", "到网点"),
)  # fmt: skip
TIMES = _choices(
    ("weekday_morning", "Weekday mornings", "工作日上午"), ("noon", "At noon", "中午"), ("weekday_afternoon", "Weekday afternoons", "工作日下午"),
    ("evening", "Evenings", "晚间"), ("weekend", "Weekends", "周末"), ("not_month_end", "Not at month end", "避开月末"),
)  # fmt: skip
LANGUAGES = _choices(
    ("mandarin", "Mandarin", "普通话"), ("cantonese", "Cantonese", "粤语"), ("local", "The local dialect", "本地方言"), ("english", "English", "英语"), ("other", "Another one", "其他"),
)  # fmt: skip
ORIGINS = _choices(
    ("walk_in", "Walked in", "自行到店"), ("customer", "A customer's referral", "客户转介"), ("colleague", "A colleague's referral", "同事转介"), ("campaign", "Campaign", "营销活动"),
    ("event", "Event", "沙龙活动"), ("online", "Online", "线上渠道"), ("partner", "Partner", "合作机构"), ("list", "A list", "名单"),
)  # fmt: skip

# name, type, group, kinds, choices, English, Chinese, help in English, help in Chinese
BUILT_IN: tuple[tuple[Any, ...], ...] = (
    ("financial_needs", "choices", "needs", [], NEEDS, "Financial needs", "金融需求", "", ""),
    ("other_needs", "long_text", "needs", [], [], "Needs beyond banking", "非金融需求", "Schooling, health, travel, contacts", "如就学、就医、出行、人脉"),
    ("preferences", "long_text", "preferences", [], [], "Preferences", "偏好", "What she likes and what she will not have", "喜欢什么，不接受什么"),
    ("hobbies", "choices", "preferences", PERSONS, HOBBIES, "Hobbies", "兴趣爱好", "", ""),
    ("risk_appetite", "long_text", "preferences", PERSONS, [], "Risk appetite, in own words", "风险偏好（客户原话）", "No substitute for the assessment", "不能替代风险测评"),
    ("contact_channel", "choice", "contact", [], CHANNELS, "Preferred way", "首选联系方式", "", ""),
    ("contact_times", "choices", "contact", [], TIMES, "Good times", "方便时间", "", ""),
    ("spoken_language", "choice", "contact", [], LANGUAGES, "Language", "沟通语言", "", ""),
    ("contact_advice", "text", "contact", [], [], "To be minded", "联系须知", "", ""),
    ("family_plans", "long_text", "background", PERSONS, [], "Family and next generation", "家庭与下一代", "", ""),
    ("business", "long_text", "background", FIRMS, [], "Production, finance and plans", "经营、财务与发展", "What was learned on visits", "走访了解到的情况"),
    ("decides", "text", "background", FIRMS, [], "Who decides on finance", "财务决策人", "", ""),
    ("other_banks", "long_text", "background", [], [], "What other banks offer", "他行合作与报价", "", ""),
    ("opinion", "long_text", "background", [], [], "What the customer says of us", "客户对我行的评价", "", ""),
    ("origin", "choice", "origin", [], ORIGINS, "Source of the customer", "客户来源", "", ""),
    ("origin_detail", "text", "origin", [], [], "More on it", "来源说明", "", ""),
)  # fmt: skip


def ship(apps: Any, _schema_editor: Any) -> None:
    """The built-in fields, in this order within their groups."""
    field = apps.get_model("parties", "DeclaredField")
    field.objects.bulk_create(
        field(
            name=name, type=kind, group=group, kinds=kinds, choices=choices, label_en=en, label_zh=zh, help_en=help_en, help_zh=help_zh,
            place=10 * (place + 1), is_builtin=True,
        )
        for place, (name, kind, group, kinds, choices, en, zh, help_en, help_zh) in enumerate(BUILT_IN)
    )  # fmt: skip


def _key() -> tuple[str, Any]:
    return "id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def _person() -> Any:
    return models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)


def _party(kind: Any = models.ForeignKey) -> Any:
    return kind(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="parties.party")


class Migration(migrations.Migration):
    dependencies = [("parties", "0007_finding"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            "DeclaredField",
            [
                _key(),
                ("name", models.TextField(help_text="small letters, digits, underscores; never changes", unique=True)),
                ("label_en", models.TextField()),
                ("label_zh", models.TextField()),
                ("help_en", models.TextField(blank=True, default="")),
                ("help_zh", models.TextField(blank=True, default="")),
                ("type", models.TextField()),
                ("choices", models.JSONField(default=list, help_text="value, en, zh of each choice, in order")),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, help_text="kinds of party it belongs to; empty: all", size=None
                    ),
                ),
                ("group", models.TextField(db_column="field_group", default="other")),
                ("place", models.PositiveIntegerField(default=0, help_text="order within the group")),
                ("protection", models.TextField(default="C1", help_text="C1, or C2: personal, needs contacts.read; C3 is refused (R30)")),
                ("is_required", models.BooleanField(default=False)),
                ("is_indexed", models.BooleanField(default=False, help_text="an index was asked for; `zhike fields` makes it")),
                ("is_builtin", models.BooleanField(default=False)),
                ("retired_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            type__in=("text", "long_text", "number", "money", "date", "yes_no", "choice", "choices", "customer", "link")
                        ),
                        name="declaredfield_type",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(group__in=("needs", "preferences", "contact", "background", "origin", "other")),
                        name="declaredfield_group",
                    ),
                    models.CheckConstraint(condition=models.Q(protection__in=["C1", "C2"]), name="declaredfield_protection"),
                    models.CheckConstraint(condition=models.Q(name__regex=r"^[a-z][a-z0-9_]{1,39}$"), name="declaredfield_name"),
                ]
            },
        ),
        migrations.CreateModel(
            "Declared",
            [
                _key(),
                ("values", models.JSONField(default=dict)),
                (
                    "version",
                    models.PositiveIntegerField(default=0, help_text="counts the saves; what somebody began to edit names the one she saw"),
                ),
                ("changed_at", models.DateTimeField()),
                ("changed_by", _person()),
                ("party", _party(models.OneToOneField)),
            ],
        ),
        migrations.CreateModel(
            "DeclaredChange",
            [
                _key(),
                ("name", models.TextField(help_text="of the declared field")),
                ("version", models.PositiveIntegerField(help_text="the save it belongs to")),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("at", models.DateTimeField()),
                ("person_name", models.TextField(help_text="as it was then")),
                ("party", _party()),
                ("person", _person()),
            ],
            options={"indexes": [models.Index(fields=["party", "name", "-at"], name="declaredchange_value")]},
        ),
        wall(
            "parties_declaredfield",
            "(select access.viewer_person()) is not null",
            writes=("insert", "update"),
            write_permission="fields.manage",
        ),
        wall_through("parties_declared", "parties_party", "party_id", writes=("insert", "update"), write_permission="customers.edit"),
        wall_through("parties_declaredchange", "parties_party", "party_id", writes=("insert",), write_permission="customers.edit"),
        migrations.RunPython(ship, migrations.RunPython.noop),
    ]
