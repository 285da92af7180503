"""The Markdown of a review."""

TEMPLATE = """\
# {{ r.title }}
{% if r.sample %}
**Sample data: nothing of this ever happened.**
{% endif %}
{{ span }}
{% for paragraph in r.summary %}
{{ paragraph }}
{% endfor %}
| | mean | median | 90 % within | counted | before |
|---|--:|--:|--:|--:|--:|
{% for row in figures -%}
| {{ row.name }} | {{ row.mean }} | {{ row.p50 }} | {{ row.p90 }} | {{ row.count }} | {{ row.before }} |
{% endfor %}
{%- if r.changes %}
## What changed
{% for each in r.changes %}
- {{ each }}
{%- endfor %}
{% endif %}
## What to do
{% for each in r.todo %}
- [ ] {{ each.sentence }} **{{ each.suggestion }}**
{%- if each.incidents %} ({{ numbers(each.incidents) }}){% endif %}
{%- else %}
Nothing asks for a change.
{%- endfor %}
{% if counts %}
## What it cost
{% for name, now, before in counts %}
- {{ name }}: {{ now }} (before: {{ before }})
{%- endfor %}
{% endif %}
{%- if groups %}
## Which monitors

| monitor | incidents | never acknowledged | at night | MTTA | MTTR |
|---|--:|--:|--:|--:|--:|
{% for each in groups -%}
| {{ each.key | cell }} | {{ each.incidents }} | {{ each.never }} | {{ each.asleep }} | \
{{ each.mtta }} | {{ each.mttr }} |
{% endfor %}
{%- endif %}
{%- if availability %}
## Availability

| monitor | | down | outages |
|---|--:|--:|--:|
{% for each in availability -%}
| {{ each.monitor | cell }} | {{ each.share }} | {{ each.down }} | {{ each.outages }} |
{% endfor %}
{%- endif %}
{%- if r.rhythm == "quarterly" %}
## Escalation
{% for each in r.channels %}
- {{ each.name }}: {{ each.pages }} pages, {{ each.escalations }} of them because nobody had acknowledged\
{% if each.trouble %}; {{ each.trouble }}{% endif %}
{%- endfor %}
{% for at, text in r.settings_changes %}
- {{ day(at) }}: {{ text }}
{%- else %}
- No setting was changed.
{%- endfor %}
{% endif %}
{%- if r.lines %}
## Incidents

| | monitor | opened | lasted | acknowledged by | cause |
|--:|---|---|--:|---|---|
{% for each in r.lines -%}
| {% if each.url %}[#{{ each.incident.number }}]({{ each.url }}){% else %}#{{ each.incident.number }}{% endif %} | \
{{ each.incident.monitor | cell }} | {{ moment(each.incident.opened_at) }} | {{ lasted(each) }} | \
{{ (each.incident.acknowledged_by or "nobody") | cell }} | {{ each.incident.cause | cell }} |
{% endfor %}
{%- endif %}
## What the figures mean
{% for name, text in definitions %}
- **{{ name }}** {{ text }}
{%- endfor %}
"""
