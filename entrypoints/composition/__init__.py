"""The one place that knows every adapter: settings, the containers, and an installation opened from them."""
