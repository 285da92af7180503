"""PagerDuty's REST side: what became of our pages there, and what people did about them."""
