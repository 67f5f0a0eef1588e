"""The shipped exercise theatre: what it holds, that it is drawn alike again, and that it names no nation."""

import json
from collections import Counter
from pathlib import Path

import pytest

from data.draw.money import BOUGHT
from data.draw.places import STEP_LATITUDE, STEP_LONGITUDE, kilometres, read
from data.draw.pool import OVERSEAS
from data.draw_europe import FOLDER, draw, places, write
from data.formats import load, load_scenario, scenario_names
from data.theatre import Theatre

GEOGRAPHY = FOLDER / "geography"
MARKING = "SYNTHETIC – EXERCISE"
SCENARIOS = [
    "determination", "monitoring", "renewed_attack", "renewed_attack_hub_lost",
    "renewed_attack_no_overseas", "warning",
]  # fmt: skip


@pytest.fixture(scope="module")
def theatre() -> Theatre:
    return load("europe")


def test_the_draw_writes_the_shipped_folder_again_bit_by_bit(tmp_path: Path) -> None:
    write(tmp_path, GEOGRAPHY)
    drawn = {p.relative_to(tmp_path).as_posix(): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    kept = {
        p.relative_to(FOLDER).as_posix(): p.read_bytes()
        for p in FOLDER.rglob("*")
        if p.is_file() and "geography" not in p.parts and p.name != "README.md"
    }
    assert sorted(drawn) == sorted(kept)
    assert [name for name in drawn if drawn[name] != kept[name]] == []


def test_another_seed_draws_another_lawful_theatre() -> None:
    one, _ = draw(GEOGRAPHY, 7)
    other, _ = draw(GEOGRAPHY, 8)
    assert one["stocks"] != other["stocks"]


def test_the_theatre_loads_without_warnings(theatre: Theatre) -> None:
    assert [str(w) for w in theatre.warnings] == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_loads_and_bears_the_marking(theatre: Theatre, name: str) -> None:
    scenario = load_scenario("europe", theatre, name)
    assert scenario.settings.marking == MARKING
    assert 21 <= scenario.horizon <= 24
    assert scenario.settings.balance == "none"
    assert len(scenario.needs) >= 380
    assert scenario.warnings == ()


def test_the_scenarios_are_those_announced() -> None:
    assert scenario_names("europe") == SCENARIOS


def test_variants_carry_only_what_differs() -> None:
    files = {p.name: sorted(f.name for f in p.iterdir()) for p in (FOLDER / "scenarios").iterdir()}
    assert files["determination"] == ["scenario.csv", "triggers.csv"]
    assert files["renewed_attack_hub_lost"] == ["disruptions.csv", "scenario.csv"]
    assert files["renewed_attack_no_overseas"] == ["disruptions.csv", "scenario.csv"]
    assert files["warning"] == ["scenario.csv", "triggers.csv"]


def test_determination_takes_six_days(theatre: Theatre) -> None:
    levels = load_scenario("europe", theatre, "determination").levels()
    assert [levels.index(level) for level in (1, 2)] == [0, 6]


def test_all_27_donors_are_invented_and_bear_no_country_code(theatre: Theatre) -> None:
    donors = theatre.donors.rows()
    assert len(donors) == 27
    assert {row.iso for row in donors} == {None}
    assert all(row.name == row.donor.title() and row.donor.isalpha() for row in donors)


def test_the_overseas_donor_gives_lift_alone(theatre: Theatre) -> None:
    assert OVERSEAS not in set(theatre.stocks["donor"])
    assert {row.mode for row in theatre.lift.rows() if row.donor == OVERSEAS} == {"sea", "air"}


def test_donors_depots_are_drawn_whatever_country_they_lie_in(theatre: Theatre) -> None:
    country = {p.code: key.split("-")[0] for key, p in places(GEOGRAPHY).items()}
    of_donor: dict[str, set[str]] = {}
    for row in theatre.stocks.rows():
        of_donor.setdefault(row.donor, set()).add(country[row.node])
    several = [donor for donor, countries in of_donor.items() if len(countries) > 1]
    assert len(several) >= 20


def test_zones_of_transit_are_invented_and_cut_across_countries(theatre: Theatre) -> None:
    zones: dict[str, set[str]] = {}
    for key, place in places(GEOGRAPHY).items():
        if "-" in key and place.kind != "sector":
            zones.setdefault(place.zone, set()).add(key.split("-")[0])
    assert sum(len(found) > 1 for found in zones.values()) >= 5
    assert min(len(zone) for zone in set(theatre.nodes["country"])) > 3  # no code of a country


def test_sectors_lie_on_a_coarse_grid_away_from_their_source() -> None:
    source = {row["id"]: (float(row["lat"]), float(row["lon"])) for row in read(GEOGRAPHY, "places")}
    sectors = {key: p for key, p in places(GEOGRAPHY).items() if p.kind == "sector"}
    assert len(sectors) == 16
    corner = min((p.latitude, p.longitude) for p in sectors.values())
    for key, place in sectors.items():
        assert kilometres(source[key], (place.latitude, place.longitude)) > 1
        rows = (place.latitude - corner[0]) / STEP_LATITUDE
        columns = (place.longitude - corner[1]) / STEP_LONGITUDE
        assert rows == pytest.approx(round(rows)) and columns == pytest.approx(round(columns))
        east = (place.latitude, place.longitude + STEP_LONGITUDE)
        north = (place.latitude + STEP_LATITUDE, place.longitude)
        assert min(kilometres((place.latitude, place.longitude), p) for p in (east, north)) >= 50
    assert len({(p.latitude, p.longitude) for p in sectors.values()}) == 16


def test_no_table_names_the_city_of_a_sector() -> None:
    cities = {row["name"].lower() for row in read(GEOGRAPHY, "places") if row["role"] == "sector"}
    for path in sorted(FOLDER.glob("*.csv")) + sorted((FOLDER / "scenarios").rglob("*.csv")):
        text = path.read_text(encoding="utf-8").lower()
        assert [city for city in cities if city in text] == [], path.name


def test_items_cover_the_five_classes_and_their_special_needs(theatre: Theatre) -> None:
    items = theatre.items.rows()
    assert len(items) >= 36
    assert {row.supply_class for row in items} == {"I", "II", "III", "IV", "V"}
    names = {row.item for row in items}
    medical = {"field_dressing", "surgical_set", "blood_product", "antibiotic"}
    assert medical <= names and {"engine_pack", "track_set", "tyre_set", "bearing_kit"} <= names
    assert any(row.cargo == "chilled" for row in items if row.item in medical)
    assert {row.cargo for row in items if row.supply_class == "III"} == {"liquid", "general"}
    assert all(row.hazard_division and row.neq > 0 for row in items if row.supply_class == "V")
    assert sum(row.whole and (row.mlc or 0) >= 30 for row in items) >= 4


def test_the_network_has_every_kind_of_link_and_node(theatre: Theatre) -> None:
    links = theatre.links.rows()
    assert 200 <= len(links) <= 400
    assert {row.mode for row in links} == {"road", "rail", "sea", "air"}
    assert {row.gauge for row in links if row.mode == "rail"} == {"1435", "1520"}
    assert {"border", "gauge_break", "port", "airfield", "hub", "depot", "sector"} == set(
        theatre.nodes["kind"]
    )
    assert any(not row.hazardous and "TUNNEL" in row.head for row in links)
    assert any(row.mlc is not None for row in links) and any(row.clearance > 0 for row in links)


def test_two_gauges_meet_at_gauge_breaks_alone_or_at_the_wide_hub(theatre: Theatre) -> None:
    kind = dict(zip(theatre.nodes["node"], theatre.nodes["kind"], strict=True))
    inward: dict[str, set[str]] = {}
    outward: dict[str, set[str]] = {}
    for row in theatre.links.rows():
        if row.gauge:
            inward.setdefault(row.head, set()).add(row.gauge)
            outward.setdefault(row.tail, set()).add(row.gauge)
    mixed = {n for n in inward if n in outward and inward[n] != outward[n]}
    assert {kind[n] for n in mixed} <= {"gauge_break"} | {"depot", "hub"}
    assert any(kind[n] == "gauge_break" for n in mixed)


def test_policies_are_many_and_lift_has_groups(theatre: Theatre) -> None:
    caveats = theatre.caveats.rows()
    assert len(caveats) >= 40
    assert all(row.text for row in caveats)
    groups: dict[str, set[frozenset[str]]] = {}
    of_donor: dict[str, set[str]] = {}
    for row in caveats:
        if row.subject == "lift":
            of_donor.setdefault(row.donor, set()).add(str(row[2:-1]))  # all but its id, donor, words
    for row in theatre.lift.rows():
        if row.cargo == ("chilled" if row.mode == "air" else "general"):
            groups.setdefault(row.mode, set()).add(frozenset(of_donor.get(row.donor, ())))
    assert {mode for mode, found in groups.items() if len(found) >= 2} == {"road", "rail", "sea", "air"}


def test_floors_fall_with_the_level(theatre: Theatre) -> None:
    base = dict(zip(theatre.stocks["lot"], theatre.stocks["floor"], strict=True))
    assert sum(row.floor < base[row.lot] for row in theatre.terms.rows() if row.floor is not None) >= 50


def test_both_recipients_need_something_in_three_tiers(theatre: Theatre) -> None:
    needs = load_scenario("europe", theatre, "renewed_attack").needs.rows()
    assert Counter(row.recipient for row in needs).keys() == {"HOST", "MNF"}
    assert {row.tier for row in needs} == {1, 2, 3}
    for tier in (1, 2):
        assert any(row.lad > row.rdd for row in needs if row.tier == tier)
    assert {row.node for row in theatre.holdings.rows()} <= {row.sector for row in needs}


def test_two_items_can_only_be_bought_and_are_asked_for(theatre: Theatre) -> None:
    owned, made = set(theatre.stocks["item"]), {row.item for row in theatre.production.rows()}
    replaced = {row.item for row in theatre.substitutes.rows()}
    needs = load_scenario("europe", theatre, "renewed_attack").needs.rows()
    bought = {row.item for row in needs if row.item not in owned | replaced}
    assert bought == set(BOUGHT) and bought <= made


def test_funds_are_of_every_kind_that_pays_goods_and_transport(theatre: Theatre) -> None:
    funds = theatre.funds.rows()
    assert {row.purpose for row in funds} == {"procurement", "transport", "budget_support"}
    assert {row.movable for row in funds if row.purpose == "budget_support"} == {True, False}
    assert any(row.item for row in funds)


def test_forces_of_host_and_coalition_make_needs(theatre: Theatre) -> None:
    scenario = load_scenario("europe", theatre, "renewed_attack")
    assert {row.recipient for row in scenario.forces.rows()} == {"HOST", "MNF"}
    named = {row.force for row in scenario.forces.rows()}
    assert {row.need.split("/")[0] for row in scenario.needs.rows()} >= named
    assert len(theatre.donor_use) >= 50


@pytest.mark.parametrize("name", ["renewed_attack", "renewed_attack_hub_lost", "renewed_attack_no_overseas"])
def test_sea_legs_to_the_coast_are_closed_in_an_attack(theatre: Theatre, name: str) -> None:
    heads = dict(zip(theatre.links["link"], theatre.links["head"], strict=True))
    cut = load_scenario("europe", theatre, name).disruptions.rows()
    closed = {row.key for row in cut if row.table == "links" and row.value == 0}
    inward = {link for link, head in heads.items() if link.startswith("S-") and head in ("ROCND", "BGVAR")}
    assert inward and inward <= closed


def test_marking_and_attributions_stand_with_the_folder() -> None:
    assert json.loads((FOLDER / "casemate.json").read_text(encoding="utf-8"))["marking"] == MARKING
    for path in (FOLDER / "README.md", FOLDER.parent / "SOURCES.md"):
        text = " ".join(path.read_text(encoding="utf-8").split())
        assert MARKING in text and "No statement about any nation" in text
        for owner in (
            "GeoNames",
            "OpenStreetMap contributors",
            "Natural Earth",
            "searoute",
            "CC BY 4.0",
            "ODbL",
        ):
            assert owner in text, (path.name, owner)


def test_works_are_many_of_several_kinds_and_their_crews_come_from_several_donors(theatre: Theatre) -> None:
    scenario = load_scenario("europe", theatre, "renewed_attack")
    works = scenario.works.rows()
    assert len(works) >= 120 and len({row.kind for row in works}) >= 5 and {row.tier for row in works} == {1, 2, 3}
    crews = theatre.crews.rows()
    assert len({row.trade for row in crews}) == 3 and len({row.donor for row in crews}) >= 6
    assert all(row.move_days >= 1 for row in crews) and len(theatre.plant) >= 4
    assert not any(row.works for row in theatre.calendar.rows()) and len(theatre.calendar) >= 16
    assert len(scenario.precedences) >= 5 and len(scenario.work_materials) >= 120
