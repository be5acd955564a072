"""``hardstand report``."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from hardstand import main


def test_the_command_writes_the_page_of_what_is_asked_for(cli: CliRunner, example, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    where = ["--log", example.log.name, "-o", str(page)]
    result = cli.invoke(
        main, ["report", *where, "--type", "C130", "--since", "2023-10", "--title", "October"]
    )
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [str(page)]
    assert result.stderr.splitlines() == ["1 sighting, 1 movement, 1 scene"]
    text = page.read_text(encoding="utf-8")
    assert "<h1>October</h1>" in text
    assert "Gao Airport" in text, "the route goes on, and touches it"
    assert "September" not in text


def test_the_public_edition_has_no_identifier_and_no_hash_of_an_entry_by_which_a_name_could_be_tested(
    cli: CliRunner, example, tmp_path: Path
) -> None:
    page = tmp_path / "public.html"
    assert cli.invoke(main, ["report", "--log", example.log.name, "-o", str(page), "--public"]).exit_code == 0
    text, entries = page.read_text(encoding="utf-8"), list(example.log.entries())
    assert [entry.seq for entry in entries if entry.id in text or entry.hash in text][:-1] == []
    assert entries[-1].hash in text, "the head, of the whole log"
    whole = tmp_path / "whole.html"
    assert cli.invoke(main, ["report", "--log", example.log.name, "-o", str(whole)]).exit_code == 0
    assert text.count("<image") == whole.read_text(encoding="utf-8").count("<image")


def test_the_public_edition_names_no_analyst(cli: CliRunner, example, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    result = cli.invoke(main, ["report", "--log", example.log.name, "-o", str(page), "--public"])
    assert result.exit_code == 0, result.output
    assert "example.org" not in page.read_text(encoding="utf-8").replace("https://example.org/photo", "")
