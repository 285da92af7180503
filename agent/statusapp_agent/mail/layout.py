"""How a mail looks: one template for the text, one for the HTML. Styles are inline, because many readers drop others.

Kept in a module and not in files of their own, so that every way to install the program has them. Colours are chosen
for a white page; the style sheet turns them for readers that know of dark pages, and others turn them themselves.
"""

TEXT = """\
{{ headline }}{% if number %} (#{{ number }}){% endif %}

{{ news }}
{% if facts %}
{% for name, value in facts -%}
{{ (name ~ ":").ljust(18) }}{{ value }}
{% endfor %}
{%- endif %}
{%- if chart %}
Response times of the last {{ chart.count }} answered checks, oldest first ({{ chart.scale }}):
{{ chart.line }}
{% endif %}
{%- if recent %}
The last checks:
{% for at, status, text in recent -%}
{{ at }}  {{ status.ljust(8) }}  {{ text }}
{% endfor %}
{%- endif %}
{%- if story %}
What happened:
{% for at, text in story -%}
{{ at }}  {{ text }}
{% endfor %}
{%- endif %}
{%- if told %}
Who was told:
{% for channel, state, at in told -%}
{{ at }}  {{ channel }}: {{ state }}
{% endfor %}
{%- endif %}
{%- if links %}
{% for name, url in links -%}
{{ name }}: {{ url }}
{% endfor %}
{%- endif %}
-- \n\
{{ signature }}
"""

HTML = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{{ headline }}</title>
<style>
:root { color-scheme: light dark; }
@media (prefers-color-scheme: dark) {
  .page { background: #16181c !important; }
  .card { background: #1f2329 !important; border-color: #3a4048 !important; }
  .ink { color: #e8eaed !important; }
  .pale { color: #a9b1bb !important; }
  .rule { border-color: #3a4048 !important; }
  .bar { background: #7ab7ff !important; }
  .slow { background: #ffb74d !important; }
  .good { color: #81c995 !important; }
  .bad { color: #ff8a80 !important; }
}
</style>
</head>
{%- set font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;" %}
{%- set pale = "color:#5f6770;" %}
{%- set ink = "color:#1d2126;" %}
{%- set cell = font ~ "font-size:14px;line-height:20px;" %}
{%- macro heading(text) -%}
<h2 class="ink" style="{{ font }}{{ ink }}font-size:15px;line-height:20px;margin:24px 0 6px 0;">{{ text }}</h2>
{%- endmacro %}
{%- macro row(name, padding="2px", rule="") -%}
<tr><td class="pale rule" valign="top" width="34%" style="{{ cell }}{{ pale }}padding:{{ padding }} 8px {{ padding }} 0;
white-space:nowrap;{{ rule }}">{{ name }}</td>
<td class="ink rule" valign="top" style="{{ cell }}{{ ink }}padding:{{ padding }} 0;{{ rule }}
word-break:break-word;">{{ caller() }}</td></tr>
{%- endmacro %}
<body class="page" style="margin:0;padding:0;background:#f3f4f6;">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background:#f3f4f6;">
<tr><td align="center" style="padding:16px 8px;">
<table role="presentation" class="card" width="600" cellpadding="0" cellspacing="0"
 style="max-width:600px;width:100%;background:#ffffff;border:1px solid #d9dde2;border-radius:8px;">
<tr><td style="background:{{ colour }};border-radius:7px 7px 0 0;padding:16px 20px;{{ font }}color:#ffffff;">
<div style="font-size:20px;line-height:26px;font-weight:600;word-break:break-word;">{{ headline }}</div>
<div style="font-size:13px;line-height:18px;">{% if number %}Incident #{{ number }} · {% endif %}{{ at }}</div>
</td></tr>
<tr><td style="padding:16px 20px 20px 20px;{{ font }}">
<p class="ink" style="{{ ink }}font-size:16px;line-height:23px;margin:0;word-break:break-word;">{{ news }}</p>
{%- if links %}
<p style="margin:16px 0 0 0;">
{%- for name, url in links %}
<a href="{{ url }}" style="display:inline-block;background:#2457c5;color:#ffffff;font-size:14px;line-height:18px;
padding:8px 14px;margin:0 8px 8px 0;border-radius:5px;text-decoration:none;">{{ name }}</a>
{%- endfor %}
</p>
{%- endif %}
{%- if facts %}
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin-top:14px;">
{%- for name, value in facts %}
{% call row(name, "5px", "border-top:1px solid #e6e9ed;") %}{{ value }}{% endcall %}
{%- endfor %}
</table>
{%- endif %}
{%- if chart %}
{{ heading("Response times") }}
<p class="pale" style="{{ pale }}font-size:13px;line-height:18px;margin:0 0 6px 0;">The last {{ chart.count }} answered
checks, oldest first; {{ chart.scale }}</p>
<table role="presentation" aria-hidden="true" width="100%" cellpadding="0" cellspacing="0"
 style="height:64px;max-width:{{ chart.count * 8 }}px;table-layout:fixed;">
<tr>
{%- for height, slow in chart.bars %}
<td valign="bottom" style="padding:0 1px 0 0;"><div class="{{ 'slow' if slow else 'bar' }}"
 style="height:{{ height }}px;background:{{ '#b3541e' if slow else '#2457c5' }};font-size:0;
line-height:0;">&nbsp;</div></td>
{%- endfor %}
</tr></table>
{%- endif %}
{%- if recent %}
{{ heading("The last checks") }}
<table role="presentation" width="100%" cellpadding="0" cellspacing="0">
{%- for at, status, text in recent %}
{% call row(at) %}<span class="{{ 'bad' if status == 'down' else 'good' }}"
 style="font-weight:600;color:{{ '#b3261e' if status == 'down' else '#1e7b34' }};">{{ status }}</span> {{ text }}
{%- endcall %}
{%- endfor %}
</table>
{%- endif %}
{%- if story %}
{{ heading("What happened") }}
<table role="presentation" width="100%" cellpadding="0" cellspacing="0">
{%- for at, text in story %}
{% call row(at) %}{{ text }}{% endcall %}
{%- endfor %}
</table>
{%- endif %}
{%- if told %}
{{ heading("Who was told") }}
<table role="presentation" width="100%" cellpadding="0" cellspacing="0">
{%- for channel, state, at in told %}
{% call row(at) %}{{ channel }}: {{ state }}{% endcall %}
{%- endfor %}
</table>
{%- endif %}
<p class="pale rule" style="{{ pale }}font-size:12px;line-height:17px;margin:24px 0 0 0;padding-top:10px;
border-top:1px solid #e6e9ed;">{{ signature }}</p>
</td></tr></table>
</td></tr></table>
</body>
</html>
"""
