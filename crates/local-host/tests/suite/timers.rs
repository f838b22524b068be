//! Timer functions: ticks, start, missed runs, one at a time.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use crate::stage::{Stage, until};

fn timer(schedule: &str, run_on_startup: bool) -> Stage {
    Stage::with_host(&json!({ "version": "2.0" })).function(
        "Tick",
        &json!([{ "type": "timerTrigger", "direction": "in", "name": "timer",
                  "schedule": schedule, "runOnStartup": run_on_startup }]),
    )
}

fn info(record: &Value) -> Value {
    let envelope: Value = serde_json::from_str(record["body"].as_str().unwrap()).unwrap();
    envelope["Data"]["timer"].clone()
}

#[tokio::test]
async fn a_timer_ticks_every_second_without_a_status() {
    let stage = timer("* * * * * *", false);
    let host = stage.start().await;
    let ticks = stage.requests_arrive("/Tick", 3).await;
    let expected =
        json!({ "Schedule": { "AdjustForDST": true }, "ScheduleStatus": null, "IsPastDue": false });
    assert_eq!(info(&ticks[2]), expected);
    host.stop().await;
}

#[tokio::test]
async fn an_interval_and_a_setting_work_as_schedules() {
    let mut stage = timer("%Every%", false);
    stage.options.env.insert("Every".to_owned(), "00:00:00.2".to_owned());
    let host = stage.start().await;
    let ticks = stage.requests_arrive("/Tick", 2).await;
    assert_eq!(info(&ticks[0])["Schedule"], json!({ "AdjustForDST": false }));
    host.stop().await;
}

#[tokio::test]
async fn a_timer_can_run_at_start_and_otherwise_waits() {
    let stage = timer("0 0 0 1 1 *", true);
    let host = stage.start().await;
    let run = stage.requests_arrive("/Tick", 1).await.remove(0);
    let status = info(&run)["ScheduleStatus"].clone();
    assert_eq!(info(&run)["IsPastDue"], false);
    assert_eq!(status["Last"], "0001-01-01T00:00:00+00:00");
    assert!(status["Next"].as_str().unwrap().ends_with("-01-01T00:00:00+00:00"), "{status}");
    host.stop().await;
    let stage = timer("0 0 0 1 1 *", false);
    let host = stage.start().await;
    sleep(Duration::from_millis(200)).await;
    assert_eq!(stage.requests("/Tick").len(), 0);
    host.stop().await;
}

#[tokio::test]
async fn one_invocation_runs_at_a_time_and_missed_ticks_are_skipped() {
    let stage = timer("00:00:00.1", false);
    stage.plan("Tick", "sleep:500");
    let host = stage.start().await;
    stage.requests_arrive("/Tick", 1).await;
    sleep(Duration::from_millis(300)).await;
    assert_eq!(stage.requests("/Tick").len(), 1);
    host.stop().await;
}

#[tokio::test]
async fn a_failed_run_does_not_end_the_timer() {
    let stage = timer("00:00:00.1", false);
    stage.plan("Tick", "once:crash");
    let host = stage.start().await;
    stage.requests_arrive("/Tick", 2).await;
    host.stop().await;
}

#[tokio::test]
async fn a_run_that_was_missed_while_the_host_was_down_is_past_due() {
    let mut stage = timer("0 0 * * * *", false);
    let folder = stage.records().join("timers");
    stage.options.timer_state = Some(folder.clone());
    let host = stage.start().await;
    sleep(Duration::from_millis(200)).await;
    assert_eq!(stage.requests("/Tick").len(), 0, "a first start has missed nothing");
    host.stop().await;
    assert!(folder.join("Tick.json").is_file());
    std::fs::write(folder.join("Tick.json"), r#"{"Last":"2020-01-01T00:00:00Z"}"#).unwrap();
    let host = stage.start().await;
    let run = stage.requests_arrive("/Tick", 1).await.remove(0);
    assert_eq!(info(&run)["IsPastDue"], true);
    assert_eq!(info(&run)["ScheduleStatus"]["Last"], "2020-01-01T00:00:00+00:00");
    let kept = || std::fs::read_to_string(folder.join("Tick.json")).unwrap();
    until("the kept time", || (!kept().contains("2020")).then_some(())).await;
    host.stop().await;
    let host = stage.start().await;
    sleep(Duration::from_millis(200)).await;
    assert_eq!(stage.requests("/Tick").len(), 1, "the missed run is made up for once");
    host.stop().await;
}
