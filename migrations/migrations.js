import journal from './meta/_journal.json';
import m0000 from './0000_town.sql';
import m0001 from './0001_cancel_and_cooldown.sql';
import m0002 from './0002_health.sql';
import m0003 from './0003_work.sql';
import m0004 from './0004_hosts.sql';
import m0005 from './0005_agent_presets.sql';
import m0006 from './0006_fewer_rows.sql';
import m0007 from './0007_history.sql';
import m0008 from './0008_as_told.sql';
import m0009 from './0009_removed_hosts.sql';
import m0010 from './0010_refused.sql';
import m0011 from './0011_rig_trouble.sql';
import m0012 from './0012_base.sql';
import m0013 from './0013_host_breaker.sql';
import m0014 from './0014_rig_branch_and_trailers.sql';
import m0015 from './0015_imported_lines.sql';
import m0016 from './0016_whose_trouble.sql';
import m0017 from './0017_host_refusals.sql';
import m0018 from './0018_unreadable.sql';
import m0019 from './0019_going_on.sql';
import m0020 from './0020_host_room.sql';
import m0021 from './0021_what_was_cancelled.sql';
import m0022 from './0022_who_asked.sql';
import m0023 from './0023_what_changed.sql';
import m0024 from './0024_removals.sql';
import m0025 from './0025_webhooks.sql';
import m0026 from './0026_reads.sql';
import m0027 from './0027_landings_at_once.sql';

  export default {
    journal,
    migrations: {
      m0000,
m0001,
m0002,
m0003,
m0004,
m0005,
m0006,
m0007,
m0008,
m0009,
m0010,
m0011,
m0012,
m0013,
m0014,
m0015,
m0016,
m0017,
m0018,
m0019,
m0020,
m0021,
m0022,
m0023,
m0024,
m0025,
m0026,
m0027
    }
  }
  