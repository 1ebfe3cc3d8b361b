"""What the relay tells about itself."""

from parley_chassis.telemetry import counter, gauge, histogram

PUBLISHED = counter("parley_outbox_published_total", "Events that Kafka acknowledged", ["topic"])
DELAY = histogram("parley_outbox_publish_delay_seconds", "From the time of a batch's oldest event to its acknowledgement by Kafka")
OLDEST = gauge("parley_outbox_oldest_unpublished_age_seconds", "Age of the oldest event that was read and is not acknowledged yet")
LATE = counter("parley_outbox_late_events_total", "Events that came behind a watermark that had excluded them; any is an alarm")
LEADING = gauge("parley_relay_leading", "1 while this process is the service's relay")
WATERMARK = gauge("parley_watermark_timestamp_seconds", "The last watermark that went out, in seconds since 1970")
HELD = gauge("parley_watermark_held", "1 while no watermark may go out, by reason", ["reason"])
REASONS = ("no_lifetime", "clock_skew", "clock_leap")
