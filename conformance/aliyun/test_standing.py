"""What stands in regions, as the official clients see it: machines, clusters, disks, copies, addresses, balancers."""

import pytest
from calls import BY_ACTION, CLUSTER, CS, ECS, ESS, INDEPENDENT, RAM, SLB, VPC, call, client

served = lambda action: pytest.mark.action(action, "served")  # noqa: E731
refused = lambda action: pytest.mark.action(action, "refused")  # noqa: E731

WORKER, ORPHAN, SUSPECT = "i-uf6demoworker1", "i-uf6demoorphan01", "i-uf6demosuspect1"


def nodes(sim, cluster, **fields):
    it = BY_ACTION["DescribeClusterNodes"]
    cs = client(sim, CS[0])
    rows, number = [], 1
    while True:
        page = cs.describe_cluster_nodes(cluster, it.request(page_number=number, page_size=2, **fields)).body
        rows += page.nodes
        if len(rows) >= page.page.total_count:
            return rows
        number += 1


@served("DescribeClustersV1")
def test_clusters_of_all_regions_are_listed_wherever_one_asks(sim):
    page = call(sim, "DescribeClustersV1")
    assert (page.page_info.total_count, page.page_info.page_size) == (2, 10)
    found = {it.cluster_id: it for it in page.clusters}
    assert (found[CLUSTER].cluster_type, found[INDEPENDENT].cluster_type) == ("ManagedKubernetes", "Kubernetes")
    assert (found[CLUSTER].name, found[CLUSTER].state, found[CLUSTER].region_id) == ("商城-生产", "running", "cn-shanghai")
    assert found[CLUSTER].created.endswith("+08:00")
    assert call(sim, "DescribeClustersV1", region_id="cn-beijing").clusters == []
    assert [it.cluster_id for it in call(sim, "DescribeClustersV1", page_size=1, page_number=2).clusters] == [INDEPENDENT]


@served("DescribeClusterDetail")
def test_one_cluster_is_found_by_its_id(sim):
    assert call(sim, "DescribeClusterDetail").cluster_id == CLUSTER
    with pytest.raises(Exception) as refused:
        client(sim, CS[0]).describe_cluster_detail("c0")
    assert (refused.value.code, refused.value.status_code) == ("ErrorClusterNotFound", 404)


@served("DescribeClusterNodes")
def test_nodes_are_workers_masters_and_virtual_ones_and_the_orphan_is_none(sim):
    found = {it.node_name: it for it in nodes(sim, CLUSTER)}
    ids = {it.instance_id for it in found.values()}
    assert {WORKER, ""} <= ids and ORPHAN not in ids and SUSPECT not in ids
    assert found["virtual-kubelet-cn-shanghai-b"].instance_id == ""
    worker = next(it for it in found.values() if it.instance_id == WORKER)
    assert (worker.instance_role, worker.source, worker.state, worker.node_status) == ("Worker", "ess", "running", "Ready")
    assert worker.expired_time == "2099-12-31T23:59:00+08:00" and worker.ip_address == ["172.19.0.1"]
    assert {it.instance_role for it in nodes(sim, INDEPENDENT)} == {"Master"}
    assert [it.instance_id for it in nodes(sim, CLUSTER, instance_ids=f"{WORKER},{ORPHAN}")] == [WORKER]


@served("DescribeClusterNodePools")
def test_a_pool_names_its_scaling_group(sim):
    pool, = call(sim, "DescribeClusterNodePools").nodepools
    assert (pool.nodepool_info.type, pool.scaling_group.scaling_group_id) == ("ess", "asg-uf6demoworkers")
    assert (pool.status.total_nodes, pool.status.healthy_nodes) == (4, 4)


@served("DescribeScalingInstances")
def test_who_stands_in_a_scaling_group_is_told_machine_by_machine(sim):
    page = call(sim, "DescribeScalingInstances", instance_ids=[WORKER, ORPHAN, "i-unknown"])
    assert [(it.instance_id, it.scaling_group_id) for it in page.scaling_instances] == [(WORKER, "asg-uf6demoworkers")]
    assert call(sim, "DescribeScalingInstances").total_count == 4


@served("DescribeInstances")
def test_machines_of_a_region_show_what_ties_them(sim):
    rows = call(sim, "DescribeInstances", region_id="cn-shanghai", max_results=100).instances.instance
    found = {it.instance_id: it for it in rows}
    assert len(found) == 9
    orphan = found[ORPHAN]
    assert {it.tag_key: it.tag_value for it in orphan.tags.tag}["ack.aliyun.com"] == CLUSTER
    assert orphan.instance_name == f"worker-k8s-for-cs-{CLUSTER}"
    assert found[WORKER].eip_address.ip_address == "203.0.113.11"


@served("DescribeDisks")
def test_disks_by_token_and_by_page_are_the_same_and_one_is_on_no_machine(sim):
    by_page = call(sim, "DescribeDisks", page_size=100).disks.disk
    by_token, token = [], None
    while token != "":
        page = call(sim, "DescribeDisks", max_results=10, next_token=token)
        by_token += page.disks.disk
        token = page.next_token
    assert [it.disk_id for it in by_page] == [it.disk_id for it in by_token]
    assert len({it.disk_id for it in by_page}) == 10
    unused, = call(sim, "DescribeDisks", status="Available").disks.disk
    assert (unused.disk_id, unused.size, unused.type, unused.instance_id) == ("d-uf6demounused1", 500, "data", "")
    assert unused.expired_time == "2999-09-08T16:00Z" and unused.attachments.attachment == []
    named = call(sim, "DescribeDisks", disk_ids='["d-uf6demounused1","d-unknown"]').disks.disk
    assert [it.disk_id for it in named] == ["d-uf6demounused1"]


@served("DescribeSnapshots")
def test_a_snapshot_says_whether_an_image_stands_on_it(sim):
    usage = {it.snapshot_id: (it.usage, it.status, it.progress) for it in call(sim, "DescribeSnapshots").snapshots.snapshot}
    assert usage == {
        "s-uf6demolost0001": ("none", "accomplished", "100%"),
        "s-uf6demoimage001": ("image", "accomplished", "100%"),
    }


@served("DescribeImages")
def test_the_accounts_own_images(sim):
    image, = call(sim, "DescribeImages", image_owner_alias="self").images.image
    assert image.disk_device_mappings.disk_device_mapping[0].snapshot_id == "s-uf6demoimage001"
    assert (image.is_self_shared, image.usage, image.image_owner_alias) == ("False", "none", "self")
    assert call(sim, "DescribeImages", image_owner_alias="system").images.image == []
    assert call(sim, "DescribeImages", status="Creating").images.image == []


@served("DescribeInstancesFullStatus")
def test_what_is_planned_stands_beside_its_machine(sim):
    rows = {it.instance_id: it for it in call(sim, "DescribeInstancesFullStatus", page_size=100).instance_full_status_set.instance_full_status_type}
    event, = rows["i-uf6demoworker2"].scheduled_system_event_set.scheduled_system_event_type
    assert (event.event_type.name, event.event_type.code, event.event_cycle_status.name) == ("SystemMaintenance.Reboot", 1, "Scheduled")
    assert rows[WORKER].scheduled_system_event_set.scheduled_system_event_type == []


@served("DescribeInstanceHistoryEvents")
def test_events_can_be_asked_for_by_their_stage(sim):
    ask = lambda stage: call(  # noqa: E731
        sim, "DescribeInstanceHistoryEvents", instance_event_cycle_status=[stage],
    ).instance_system_event_set.instance_system_event_type
    assert [it.instance_id for it in ask("Scheduled")] == ["i-uf6demoworker2"]
    assert ask("Executed") == []


@served("DescribeEipAddresses")
def test_an_address_that_nothing_uses_is_available(sim):
    found = {it.allocation_id: it for it in call(sim, "DescribeEipAddresses").eip_addresses.eip_address}
    assert (found["eip-uf6demounused"].status, found["eip-uf6demounused"].instance_id) == ("Available", "")
    used = found["eip-uf6demoworker"]
    assert (used.status, used.instance_type, used.instance_id) == ("InUse", "EcsInstance", WORKER)
    assert used.expired_time == "" and used.bandwidth == "5"


@served("DescribeLoadBalancers")
def test_balancers_have_their_tags_and_times(sim):
    rows = {it.load_balancer_id: it for it in call(sim, "DescribeLoadBalancers").load_balancers.load_balancer}
    assert set(rows) == {"lb-uf6demoempty", "lb-uf6demofront"}
    assert rows["lb-uf6demoempty"].pay_type == "PayOnDemand"
    by_server = call(sim, "DescribeLoadBalancers", server_id=WORKER).load_balancers.load_balancer
    assert [it.load_balancer_id for it in by_server] == ["lb-uf6demofront"]


@served("DescribeLoadBalancerAttribute")
def test_a_balancer_names_what_stands_behind_it(sim):
    front = call(sim, "DescribeLoadBalancerAttribute")
    assert [it.server_id for it in front.backend_servers.backend_server] == [WORKER]
    empty = call(sim, "DescribeLoadBalancerAttribute", load_balancer_id="lb-uf6demoempty")
    assert empty.backend_servers.backend_server == [] and empty.listener_ports.listener_port == []


@served("ListUsers")
def test_users_come_by_marker(sim):
    first = call(sim, "ListUsers", max_items=1)
    assert first.is_truncated and [it.user_name for it in first.users.user] == ["skywarden"]
    last = call(sim, "ListUsers", max_items=1, marker=first.marker)
    assert not last.is_truncated and [it.user_name for it in last.users.user] == ["nobody"]


@served("ListAccessKeys")
def test_keys_say_when_they_were_made(sim):
    key, = call(sim, "ListAccessKeys").access_keys.access_key
    assert (key.access_key_id, key.status) == (sim.key("shop")[0], "Active")
    assert key.create_date.endswith("Z")
    with pytest.raises(Exception) as refused:
        call(sim, "ListAccessKeys", user_name="who")
    assert refused.value.code == "EntityNotExist.User"


@refused("DescribeClusterNodes")
def test_one_cluster_may_answer_with_an_error_for_ever_and_the_others_do_not(sim):
    sim.plant(
        {"kind": "refused", "status": 500, "code": "InternalError", "message": "internal error"},
        action="DescribeClusterNodes", about=CLUSTER,
    )
    for _ in range(3):
        with pytest.raises(Exception) as refused:
            nodes(sim, CLUSTER)
        assert (refused.value.code, refused.value.status_code) == ("InternalError", 500)
    assert len(nodes(sim, INDEPENDENT)) == 3


@pytest.mark.parametrize("action, product, right, code", [
    pytest.param(it, product, right, code, id=it, marks=refused(it)) for it, product, right, code in [
        ("DescribeClustersV1", CS, "cs:DescribeClustersV1", "Forbidden"),
        ("DescribeDisks", ECS, "ecs:DescribeDisks", "Forbidden.RAM"),
        ("DescribeSnapshots", ECS, "ecs:DescribeSnapshots", "Forbidden.RAM"),
        ("DescribeImages", ECS, "ecs:DescribeImages", "Forbidden.RAM"),
        ("DescribeEipAddresses", VPC, "vpc:DescribeEipAddresses", "Forbidden.RAM"),
        ("DescribeLoadBalancers", SLB, "slb:DescribeLoadBalancers", "Forbidden.RAM"),
        ("DescribeScalingInstances", ESS, "ess:DescribeScalingInstances", "Forbidden.RAM"),
        ("ListUsers", RAM, "ram:ListUsers", "NoPermission"),
    ]
])
def test_who_has_no_right_is_told_which(sim, action, product, right, code):
    with pytest.raises(Exception) as refused:
        BY_ACTION[action](client(sim, product[0], user="nobody"))
    assert (refused.value.code, refused.value.status_code) == (code, 403)
    assert right in str(refused.value.access_denied_detail or refused.value.message)


@refused("DescribeClustersV1")
@pytest.mark.parametrize("kind", ["proxy_page", "garbage_json", "truncated_gzip", "half_page", "lost_answer"])
def test_a_cluster_list_that_cannot_be_read_is_no_list(sim, kind):
    sim.plant({"kind": kind}, action="DescribeClustersV1")
    with pytest.raises(Exception):
        call(sim, "DescribeClustersV1")
