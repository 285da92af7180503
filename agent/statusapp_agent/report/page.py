"""The HTML of a review: one file without anything from elsewhere, light, dark and on paper."""

STYLE = """\
:root { --background:#F5F6F8; --surface:#FFFFFF; --subtle:#EEF1F4; --border:#DCE1E7; --text:#1A222C; --muted:#566272;
  --accent:#1F5FBF; --grid:#E6E9EE; --one:#1F5FBF; --two:#B4500B; --slate:#55606E; --better:#0B7A58; --worse:#8A5A00;
  --down:#B5172B; --heat0:#EEF1F4; --heat1:#C9DBF4; --heat2:#93B7E8; --heat3:#4F86D3; --heat4:#1F5FBF; --heat5:#143F82;
  --onheat:#FFFFFF; --band:#FBEFD5; color-scheme: light; }
@media screen and (prefers-color-scheme: dark) { :root { --background:#14181D; --surface:#1B2027; --subtle:#242B33;
  --border:#303943; --text:#E7ECF2; --muted:#9BA7B5; --accent:#7FB0FF; --grid:#2A323B; --one:#7FB0FF; --two:#F2A65E;
  --slate:#A7B2BF; --better:#4CC79A; --worse:#E9B64F; --down:#FF8278; --heat0:#242B33; --heat1:#24395A; --heat2:#2F558C;
  --heat3:#4479C4; --heat4:#7FB0FF; --heat5:#C6DCFF; --onheat:#0E1A2B; --band:#3A2F17; color-scheme: dark; } }
* { box-sizing: border-box; }
body { margin:0; background:var(--background); color:var(--text);
  font:15px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums; }
main { max-width:820px; margin:0 auto; padding:32px 24px 48px; }
h1 { font-size:26px; line-height:1.25; margin:0; font-weight:600; }
h2 { font-size:17px; margin:32px 0 8px; font-weight:600; clear:right; }
.span, .note, .tick, th, .before { color:var(--muted); }
.span { margin:4px 0 16px; }
.lead { font-size:17px; max-width:44em; }
.band { background:var(--band); border:1px solid var(--worse); border-radius:6px; padding:8px 12px; margin:0 0 20px; }
.cards { display:grid; grid-template-columns:repeat(4,1fr); gap:12px; margin:20px 0 0; }
.card, .chart, .list { background:var(--surface); border:1px solid var(--border); border-radius:8px;
  padding:12px 16px; }
.card .name { color:var(--muted); font-size:13px; }
.card .value { font-size:22px; line-height:1.3; font-weight:600; white-space:nowrap; }
.card .before { font-size:13px; }
.chart { margin-top:8px; } .chart svg { width:100%; height:auto; display:block; }
ul.plain { margin:0; padding:0; list-style:none; }
ul.plain li { padding:10px 0; border-top:1px solid var(--grid); } ul.plain li:first-child { border-top:0; }
.list { padding:4px 16px; }
.do { display:block; font-weight:600; } .numbers { color:var(--muted); font-size:13px; }
table { width:100%; border-collapse:collapse; background:var(--surface); border:1px solid var(--border);
  border-radius:8px; border-spacing:0; overflow:hidden; }
th { font-weight:400; font-size:13px; text-align:left; } td.n, th.n { text-align:right; white-space:nowrap; }
td, th { padding:6px 12px; border-top:1px solid var(--grid); vertical-align:top; } tr:first-child th { border-top:0; }
td.name { font-weight:500; overflow-wrap:anywhere; } td.when { white-space:nowrap; }
td.cause { overflow-wrap:anywhere; }
td.n a { white-space:nowrap; } a { color:var(--accent); text-decoration:none; }
.open { color:var(--down); font-weight:600; }
dl { margin:0; color:var(--muted); font-size:13px; } dt { font-weight:600; } dd { margin:0 0 6px; }
svg text { font:11.5px system-ui, "Noto Sans", "DejaVu Sans", sans-serif; fill:var(--muted); }
svg .right { text-anchor:end; } svg .middle { text-anchor:middle; } svg .grid { stroke:var(--grid); }
svg .taken { fill:var(--one); } svg .untaken { fill:url(#hatch); stroke:var(--slate); stroke-width:1; }
svg .hatch-ground { fill:var(--surface); } svg .hatch-line { fill:var(--slate); }
svg path { fill:none; stroke-width:2.25; } svg path.mtta { stroke:var(--one); }
svg path.mttr { stroke:var(--two); stroke-dasharray:6 4; }
svg circle.mtta { fill:var(--surface); stroke:var(--one); stroke-width:2; }
svg circle.mttr { fill:var(--surface); stroke:var(--two); stroke-width:2; }
svg text.label.mtta { fill:var(--one); } svg text.label.mttr { fill:var(--two); }
svg .heat0 { fill:var(--heat0); } svg .heat1 { fill:var(--heat1); } svg .heat2 { fill:var(--heat2); }
svg .heat3 { fill:var(--heat3); } svg .heat4 { fill:var(--heat4); } svg .heat5 { fill:var(--heat5); }
svg .count { text-anchor:middle; } svg .count.on { fill:var(--onheat); } svg .count.off { fill:var(--text); }
.key { font-size:13px; color:var(--muted); float:right; font-weight:400; }
.medians { margin:6px 0 0; }
.swatch { display:inline-block; width:10px; height:10px; border-radius:2px; margin:0 4px 0 12px;
  background:var(--one); }
.swatch.hatched { background:repeating-linear-gradient(45deg, var(--slate) 0 1.5px, var(--surface) 1.5px 4px);
  border:1px solid var(--slate); }
@media (max-width:620px) { .cards { grid-template-columns:repeat(2,1fr); } main { padding:20px 12px; }
  .wide { display:none; } td, th { padding:6px 8px; } }
@media print { body { background:#fff; font-size:11pt; } main { padding:0; max-width:none; }
  h2 { break-after:avoid; } .card, .chart, li, tr { break-inside:avoid; } }
"""

TEMPLATE = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{{ r.title }}: review</title><style>{{ style }}</style></head>
<body><main>
{% if r.sample %}<p class="band">Sample data: nothing of this ever happened.</p>{% endif %}
<h1>{{ r.title }}</h1>
<p class="span">{{ span }}</p>
{% for paragraph in r.summary %}<p class="lead">{{ paragraph }}</p>{% endfor %}
<div class="cards">
{% for row in figures %}<div class="card" title="{{ row.definition }}"><div class="name">{{ row.title }}</div>
<div class="value">{{ row.p50 }}</div><div class="before">{{ row.change }}</div></div>
{% endfor %}</div>
<p class="key medians">medians, beside those of the time before</p>
<h2>What to do</h2>
<div class="list"><ul class="plain">
{% for each in r.todo %}<li>{{ each.sentence }} <span class="do">{{ each.suggestion }}</span>
{% if each.incidents %}<span class="numbers">{{ numbers(each.incidents) }}</span>{% endif %}</li>
{% else %}<li class="note">Nothing asks for a change.</li>{% endfor %}
</ul></div>
{% if r.changes %}<h2>What changed</h2>
<div class="list"><ul class="plain">{% for each in r.changes %}<li>{{ each }}</li>{% endfor %}</ul></div>{% endif %}
{% if charts.incidents %}<h2>Incidents, a {{ r.measured.grain }} each
<span class="key"><span class="swatch"></span>acknowledged<span class="swatch hatched"></span>never</span></h2>
<div class="chart">{{ charts.incidents }}</div>{% endif %}
{% if charts.times %}<h2>How long they took <span class="key">median, a {{ r.measured.grain }} each</span></h2>
<div class="chart">{{ charts.times }}</div>{% endif %}
{% if charts.heat %}<h2>When they came <span class="key">local time</span></h2>
<div class="chart">{{ charts.heat }}</div>{% endif %}
{% if counts %}<h2>What it cost</h2>
<table><tr><th></th><th class="n">incidents</th><th class="n">before</th></tr>
{% for name, now, before in counts %}<tr><td>{{ name }}</td><td class="n">{{ now }}</td>
<td class="n">{{ before }}</td></tr>
{% endfor %}</table>{% endif %}
{% if groups %}<h2>Which monitors</h2>
<table><tr><th>monitor</th><th class="n">incidents</th><th class="n">never taken</th><th class="n">at night</th>
<th class="n">MTTA</th><th class="n">MTTR</th></tr>
{% for each in groups %}<tr><td class="name">{{ each.key }}</td><td class="n">{{ each.incidents }}</td>
<td class="n">{{ each.never }}</td><td class="n">{{ each.asleep }}</td><td class="n">{{ each.mtta }}</td>
<td class="n">{{ each.mttr }}</td></tr>
{% endfor %}</table>{% endif %}
{% if availability %}<h2>Availability <span class="key">blind time left out</span></h2>
<table><tr><th>monitor</th><th class="n"></th><th class="n">down</th><th class="n">outages</th></tr>
{% for each in availability %}<tr><td class="name">{{ each.monitor }}</td><td class="n">{{ each.share }}</td>
<td class="n">{{ each.down }}</td><td class="n">{{ each.outages }}</td></tr>
{% endfor %}</table>{% if rest_available %}<p class="note">{{ rest_available }}</p>{% endif %}{% endif %}
{% if r.rhythm == "quarterly" %}<h2>Escalation</h2>
<table><tr><th>channel</th><th class="n">pages</th><th class="n">escalations</th><th></th></tr>
{% for each in r.channels %}<tr><td class="name">{{ each.name }}</td><td class="n">{{ each.pages }}</td>
<td class="n">{{ each.escalations }}</td><td>{{ each.trouble or "" }}</td></tr>
{% endfor %}</table>
<h2>Settings that changed</h2>
<div class="list"><ul class="plain">{% for at, text in r.settings_changes %}<li>{{ day(at) }}: {{ text }}</li>
{% else %}<li class="note">No setting was changed in this quarter.</li>{% endfor %}</ul></div>{% endif %}
{% if r.lines %}<h2>Incidents</h2>
<table><tr><th class="n"></th><th>monitor</th><th>opened</th><th class="n">lasted</th><th class="wide">taken by</th>
<th class="wide">cause</th></tr>
{% for each in r.lines %}<tr><td class="n">{% if each.url %}<a href="{{ each.url }}">#{{ each.incident.number }}</a>
{% else %}#{{ each.incident.number }}{% endif %}</td><td class="name">{{ each.incident.monitor }}</td>
<td class="when">{{ moment(each.incident.opened_at) }}</td>
<td class="n{% if each.lasted_s is none %} open{% endif %}">{{ lasted(each) }}</td>
<td class="wide">{{ each.incident.acknowledged_by or "nobody" }}</td>
<td class="wide cause">{{ each.incident.cause }}</td></tr>
{% endfor %}</table>
{% if not linked %}<p class="note">Whole stories: statusapp incidents show NUMBER.</p>{% endif %}{% endif %}
<h2>What the figures mean</h2>
<dl>{% for name, text in definitions %}<dt>{{ name }}</dt><dd>{{ text }}</dd>{% endfor %}</dl>
</main></body></html>
"""
