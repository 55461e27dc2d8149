"""What the official clients make of the answers: typed, complete, page by page."""

import datetime

import pytest
from calls import BSS, BY_ACTION, CAS, DIRECTORY, ECS, STS, call, client

served = lambda action: pytest.mark.action(action, "served")  # noqa: E731


def at(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def pages(fetch, size):
    """Fetches pages until one is empty."""
    rows, number = [], 1
    while page := fetch(number):
        assert len(page) <= size
        rows += page
        number += 1
    return rows


@served("QueryAvailableInstances")
def test_all_pages_of_the_billing_service_add_up(sim):
    data = call(sim, "QueryAvailableInstances").data
    assert (data.page_num, data.page_size, data.total_count, len(data.instance_list)) == (1, 20, 47, 20)
    rows = pages(lambda number: call(sim, "QueryAvailableInstances", page_num=number, page_size=10).data.instance_list, 10)
    assert len({it.instance_id for it in rows}) == len(rows) == 47
    by_id = {it.instance_id: it for it in rows}

    expired = by_id["rm-bp1shoporders"]
    assert (expired.status, expired.product_code, expired.renew_status) == ("Expired", "rds", "ManualRenewal")
    assert at(expired.end_time) < datetime.datetime.now(datetime.timezone.utc) < at(expired.expected_release_time)
    assert expired.owner_id == 1690700000000001
    free = by_id["oss-1690700000000001"]
    assert (free.end_time, free.subscription_type) == (None, "PayAsYouGo")
    assert by_id["lb-bp1shopfront"].end_time == "2999-09-09T16:00:00Z"
    failed = by_id["i-bp1shoppay001"]
    assert failed.renew_status == "AutoRenewal"
    assert at(failed.end_time) - datetime.datetime.now(datetime.timezone.utc) < datetime.timedelta(days=8)


@served("QueryAvailableInstances")
@pytest.mark.parametrize("fields, expected", [
    ({"product_code": "rds"}, {"rm-bp1shoporders", "rm-bp1shopusers"}),
    ({"product_code": "redisa", "region": "cn-shanghai"}, {"r-bp1shopcache"}),
    ({"renew_status": "NotRenewal"}, {"ddosbgp-cn-shop"}),
    ({"subscription_type": "PayAsYouGo"}, {"oss-1690700000000001"}),
    ({"instance_ids": "r-bp1shopcache,i-bp1shopweb001,unknown"}, {"r-bp1shopcache", "i-bp1shopweb001"}),
    ({"end_time_start": "2999-01-01T00:00:00Z"}, {"lb-bp1shopfront"}),
])
def test_filters_of_the_billing_service(sim, fields, expected):
    data = call(sim, "QueryAvailableInstances", page_size=300, **fields).data
    assert {it.instance_id for it in data.instance_list} == expected
    assert data.total_count == len(expected)


@served("QueryAccountBalance")
def test_balances_are_texts_with_commas(sim):
    body = call(sim, "QueryAccountBalance")
    assert (body.success, body.code, body.data.currency) == (True, "200", "CNY")
    assert body.data.available_amount.startswith("86,4")
    debt = BY_ACTION["QueryAccountBalance"](client(sim, BSS[0], "game")).data
    assert debt.available_amount.startswith("-1,23")
    dollars = BY_ACTION["QueryAccountBalance"](client(sim, BSS[0], "overseas")).data
    assert dollars.currency == "USD"


@served("ListUserCertificateOrder")
def test_certificates_need_a_second_walk_for_the_expired_ones(sim):
    def names(**fields):
        fetch = lambda number: call(  # noqa: E731
            sim, "ListUserCertificateOrder", order_type="CERT", current_page=number, show_size=2, **fields,
        ).certificate_order_list
        return sorted(it.common_name for it in pages(fetch, 2))

    assert names() == ["pay.shop.example.cn", "shop.example.cn", "shop.example.cn"]
    assert names(status="EXPIRED") == ["forgotten.shop.example.cn", "old.shop.example.cn"]
    assert names(status="ISSUED") == ["shop.example.cn"]
    one = call(sim, "ListUserCertificateOrder", order_type="CERT", keyword="pay.").certificate_order_list[0]
    assert (one.expired, one.upload, one.sans) == (False, True, "pay.shop.example.cn")
    assert datetime.date.fromisoformat(one.end_date) > datetime.date.today()
    assert call(sim, "ListUserCertificateOrder").certificate_order_list == [], "orders are not certificates"


@served("ListUserCertificateOrder")
def test_certificates_of_the_other_site_are_on_the_other_host(sim):
    other = sim.opening["sites"]["international"].removeprefix("http://")
    listed = BY_ACTION["ListUserCertificateOrder"](client(sim, CAS[0], endpoint=other), order_type="CERT")
    assert (listed.total_count, listed.certificate_order_list) == (0, [])


@served("ListCert")
def test_the_certificate_store_lists_expired_ones_too(sim):
    rows = pages(lambda number: call(sim, "ListCert", current_page=number, show_size=2).cert_list, 2)
    assert len(rows) == 5
    assert all(it.after_date > it.before_date for it in rows), "AfterDate is the end"
    assert sum(it.after_date / 1000 < datetime.datetime.now().timestamp() for it in rows) == 2


@served("QueryDomainList")
def test_domains_say_whether_there_is_another_page(sim):
    first = call(sim, "QueryDomainList", page_num=1, page_size=2)
    assert (first.total_item_num, first.total_page_num, first.next_page, first.pre_page) == (3, 2, True, False)
    last = call(sim, "QueryDomainList", page_num=2, page_size=2)
    assert (last.next_page, last.pre_page, len(last.data.domain)) == (False, True, 1)
    soonest = call(sim, "QueryDomainList", order_key_type="DEADDATE", order_by_type="ASC").data.domain[0]
    assert (soonest.domain_name, soonest.domain_status, soonest.auto_renew_enabled) == ("shop-example.cn", "1", False)
    assert soonest.expiration_curr_date_diff == 13
    until = soonest.expiration_date_long + 1
    due = call(sim, "QueryDomainList", end_expiration_date=until).data.domain
    assert [it.domain_name for it in due] == ["shop-example.cn"]


@served("DescribeRegions")
def test_regions_have_names_and_endpoints(sim):
    regions = {it.region_id: it for it in call(sim, "DescribeRegions").regions.region}
    assert len(regions) == 20
    assert (regions["cn-hangzhou"].local_name, regions["cn-hangzhou"].region_endpoint) == ("华东1（杭州）", "ecs.aliyuncs.com")
    english = call(sim, "DescribeRegions", accept_language="en-US").regions.region
    assert "China (Beijing)" in {it.local_name for it in english}


@served("DescribeInstances")
def test_machines_by_token_and_by_page_are_the_same(sim):
    by_page = pages(lambda number: call(sim, "DescribeInstances", page_number=number, page_size=20).instances.instance, 20)
    by_token, token = [], None
    while token != "":
        page = call(sim, "DescribeInstances", max_results=15, next_token=token)
        by_token += page.instances.instance
        token = page.next_token
    ids = [it.instance_id for it in by_page]
    assert ids == [it.instance_id for it in by_token]
    assert len(set(ids)) == len(ids) == 41

    machine = next(it for it in by_page if it.instance_id == "i-bp1shopweb001")
    assert (machine.instance_name, machine.instance_charge_type, machine.status) == ("商城-前端-01", "PrePaid", "Running")
    assert {it.tag_key: it.tag_value for it in machine.tags.tag} == {"owner": "张伟", "env": "prod"}
    assert machine.vpc_attributes.private_ip_address.ip_address and machine.memory == 4096
    by_use = next(it for it in by_page if it.instance_id == "i-bp1shoplab001")
    assert (by_use.instance_charge_type, by_use.expired_time, by_use.tags) == ("PostPaid", "2099-12-31T15:59Z", None)


@served("DescribeInstances")
@pytest.mark.parametrize("fields, expected", [
    ({"instance_ids": '["i-bp1shopweb001","i-unknown"]'}, ["i-bp1shopweb001"]),
    ({"instance_ids": "[]"}, []),
    ({"instance_name": "支付*"}, ["i-bp1shoppay001"]),
    ({"instance_charge_type": "PostPaid"}, ["i-bp1shoplab001"]),
    ({"region_id": "cn-beijing"}, []),
])
def test_filters_of_the_machine_service(sim, fields, expected):
    assert [it.instance_id for it in call(sim, "DescribeInstances", **fields).instances.instance] == expected


@served("DescribeInstances")
def test_machines_can_be_asked_for_by_tag(sim):
    from alibabacloud_ecs20140526 import models

    tag = [models.DescribeInstancesRequestTag(key="owner", value="li.na")]
    assert [it.instance_id for it in call(sim, "DescribeInstances", tag=tag).instances.instance] == ["i-bp1shopweb002"]


@served("DescribeInstances")
def test_without_rights_the_list_is_empty_and_only_a_dry_run_tells(sim):
    poor = client(sim, ECS[0], user="nobody")
    assert BY_ACTION["DescribeInstances"](poor).instances.instance == []
    for machine, code in [(poor, "Forbidden.RAM"), (client(sim, ECS[0]), "DryRunOperation")]:
        with pytest.raises(Exception) as refused:
            BY_ACTION["DescribeInstances"](machine, dry_run=True)
        assert refused.value.code == code


@served("DescribeInstanceAutoRenewAttribute")
def test_renewal_is_told_machine_by_machine(sim):
    ids = "i-bp1shopweb001,i-bp1shopweb003,i-bp1shoppay001"
    rows = call(sim, "DescribeInstanceAutoRenewAttribute", renewal_status=None, instance_id=ids)
    told = {it.instance_id: (it.renewal_status, it.auto_renew_enabled) for it in rows.instance_renew_attributes.instance_renew_attribute}
    assert told == {
        "i-bp1shopweb001": ("Normal", False),
        "i-bp1shopweb003": ("AutoRenewal", True),
        "i-bp1shoppay001": ("AutoRenewal", True),
    }
    fetch = lambda number: call(  # noqa: E731
        sim, "DescribeInstanceAutoRenewAttribute", page_number=number, page_size=30,
    ).instance_renew_attributes.instance_renew_attribute
    assert len(pages(fetch, 30)) == 38


@served("GetResourceDirectory")
def test_the_directory_names_its_management_account(sim):
    directory = call(sim, "GetResourceDirectory").resource_directory
    assert (directory.resource_directory_id, directory.master_account_id) == ("rd-Dem0Sh", "1690700000000001")
    member = BY_ACTION["GetResourceDirectory"](client(sim, DIRECTORY[0], "game")).resource_directory
    assert member.master_account_id == "1690700000000001"


@served("ListAccounts")
def test_members_of_the_directory_come_in_pages(sim):
    rows = pages(lambda number: call(sim, "ListAccounts", page_number=number, page_size=3).accounts.account, 3)
    assert [it.display_name for it in rows] == ["游戏", "Overseas", "财务", "legacy"]
    assert {it.status for it in rows} == {"CreateSuccess"}
    with pytest.raises(Exception) as refused:
        BY_ACTION["ListAccounts"](client(sim, DIRECTORY[0], "game"))
    assert refused.value.code == "NoPermission"


@served("GetCallerIdentity")
def test_callers_learn_who_they_are(sim):
    user = call(sim, "GetCallerIdentity")
    assert (user.identity_type, user.account_id) == ("RAMUser", "1690700000000001")
    assert user.arn == "acs:ram::1690700000000001:user/skywarden"
    root = BY_ACTION["GetCallerIdentity"](client(sim, STS[0], user=None))
    assert (root.identity_type, root.arn) == ("Account", "acs:ram::1690700000000001:root")


@served("AssumeRole")
def test_an_assumed_role_works_with_its_token_only(sim):
    keys = call(sim, "AssumeRole", duration_seconds=900).credentials
    assert at(keys.expiration) > datetime.datetime.now(datetime.timezone.utc)
    config = {"access_key_id": keys.access_key_id, "access_key_secret": keys.access_key_secret}
    session = client(sim, STS[0], security_token=keys.security_token, **config)
    identity = BY_ACTION["GetCallerIdentity"](session)
    assert identity.arn == "acs:ram::1690700000000002:assumed-role/skywarden-reader/conformance"
    balance = BY_ACTION["QueryAccountBalance"](client(sim, BSS[0], security_token=keys.security_token, **config))
    assert balance.data.available_amount.startswith("-1,23"), "the money of the other account"
    with pytest.raises(Exception) as refused:
        BY_ACTION["GetCallerIdentity"](client(sim, STS[0], **config))
    assert refused.value.code == "MissingSecurityToken"
    sim.operate("POST", "/_sim/sessions/expire", {"account": "game"})
    with pytest.raises(Exception) as refused:
        BY_ACTION["GetCallerIdentity"](session)
    assert refused.value.code == "InvalidSecurityToken.Expired"


@pytest.mark.action("AssumeRole", "refused")
@pytest.mark.parametrize("user, fields, code", [
    (None, {}, "NoPermission"),
    ("nobody", {}, "NoPermission"),
    ("skywarden", {"role_arn": "acs:ram::1690700000000002:role/unknown"}, "EntityNotExist.Role"),
    ("skywarden", {"role_arn": "role/unknown"}, "InvalidParameter.RoleArn"),
    ("skywarden", {"role_session_name": "a b"}, "InvalidParameter.RoleSessionName"),
    ("skywarden", {"duration_seconds": 899}, "InvalidParameter.DurationSeconds"),
    ("skywarden", {"duration_seconds": 3601}, "InvalidParameter.DurationSeconds"),
    ("skywarden", {"policy": "{"}, "InvalidParameter.PolicyGrammar"),
])
def test_roles_are_refused_in_the_words_of_the_token_service(sim, user, fields, code):
    with pytest.raises(Exception) as refused:
        BY_ACTION["AssumeRole"](client(sim, STS[0], user=user), **fields)
    assert refused.value.code == code


@served("AssumeRoleWithOIDC")
def test_a_pod_gets_a_session_without_any_key(sim):
    answer = call(sim, "AssumeRoleWithOIDC")
    assert answer.credentials.access_key_id.startswith("STS.")
    with pytest.raises(Exception) as refused:
        call(sim, "AssumeRoleWithOIDC", oidcprovider_arn="acs:ram::1690700000000002:oidc-provider/other")
    assert refused.value.code == "NoPermission"
    with pytest.raises(Exception) as refused:
        call(sim, "AssumeRoleWithOIDC", oidctoken="not a token")
    assert refused.value.code == "AuthenticationFail.OIDCToken.Invalid"
