"""A second, foreign opinion on how AWS speaks: our adapter reads what moto's own client planted in moto, and
changes things there.

    pip install -r requirements.txt
    pytest conformance/moto

The adapter's side is the example `second_opinion` of the crate `cloud-aws`.
"""

import json
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import boto3
import pytest
from botocore.config import Config

ROOT = pathlib.Path(__file__).resolve().parents[2]
REGION = "us-east-1"
NAME = "生产 web & <1>"


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


@pytest.fixture(scope="module")
def moto():
    """Starts moto on a free port of loopback, and ends it."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{url}/moto-api/", timeout=5).close()
                break
            except urllib.error.URLError:
                assert process.poll() is None, "moto ended"
                assert time.monotonic() < end, "moto did not start within a minute"
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


def clients(url):
    config = Config(retries={"total_max_attempts": 1})
    keys = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "any"}
    return lambda name: boto3.client(name, region_name=REGION, endpoint_url=url, config=config, **keys)


def plant(client):
    """Plants something of everything and returns what it was."""
    ec2, scaling = client("ec2"), client("autoscaling")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    tags = [{"Key": "Name", "Value": NAME}, {"Key": "AutoSnapshot", "Value": "true"}]
    made = ec2.run_instances(
        ImageId=image,
        InstanceType="t3.medium",
        MinCount=3,
        MaxCount=3,
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
    )["Instances"]
    terminated = made[2]["InstanceId"]
    ec2.terminate_instances(InstanceIds=[terminated])
    zone = f"{REGION}a"
    loose = [ec2.create_volume(AvailabilityZone=zone, Size=8)["VolumeId"] for _ in range(3)]
    snapshots = [ec2.create_snapshot(VolumeId=it)["SnapshotId"] for it in loose]
    template = ec2.create_launch_template(
        LaunchTemplateName="nodes", LaunchTemplateData={"ImageId": image, "InstanceType": "t3.medium"}
    )["LaunchTemplate"]["LaunchTemplateId"]
    group = "eks-web-0a1b2c3d"
    scaling.create_auto_scaling_group(
        AutoScalingGroupName=group,
        LaunchTemplate={"LaunchTemplateId": template, "Version": "1"},
        MinSize=2,
        MaxSize=2,
        AvailabilityZones=[zone],
    )
    groups = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])["AutoScalingGroups"]
    grouped = [it["InstanceId"] for it in groups[0]["Instances"]]
    changed = plant_what_is_changed(ec2, image)
    acm, organizations = client("acm"), client("organizations")
    # Ours leaves out what was never issued, and moto issues what it is asked for after a while: an imported one is
    # there at once.
    certificates = [import_certificate(acm)]
    organizations.create_organization(FeatureSet="ALL")
    organizations.create_account(Email="lab@example.com", AccountName="lab")
    account = client("sts").get_caller_identity()["Account"]
    return {
        "account": account,
        "name": NAME,
        **changed,
        "machines": [it["InstanceId"] for it in made[:2]] + grouped + [changed["changed_machine"]],
        "terminated": terminated,
        "loose_disks": loose,
        "snapshots": snapshots,
        "group": group,
        "grouped": grouped,
        "certificates": certificates,
        "members": ["lab"],
    }


def plant_what_is_changed(ec2, image):
    """Plants a machine with two disks for what is changed."""
    made = ec2.run_instances(
        ImageId=image,
        InstanceType="t3.medium",
        MinCount=1,
        MaxCount=1,
        Placement={"AvailabilityZone": f"{REGION}a"},
        BlockDeviceMappings=[
            {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 20}},
            {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 100}},
        ],
    )["Instances"][0]["InstanceId"]
    instance = ec2.describe_instances(InstanceIds=[made])["Reservations"][0]["Instances"][0]
    disks = {it["DeviceName"]: it["Ebs"]["VolumeId"] for it in instance["BlockDeviceMappings"]}
    root = disks.pop(instance["RootDeviceName"])
    (data,) = disks.values()
    return {"changed_machine": made, "changed_root": root, "changed_data": data, "changed_image": image}


def import_certificate(acm):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID
    import datetime

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example.com")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=20))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return acm.import_certificate(
        Certificate=certificate.public_bytes(serialization.Encoding.PEM), PrivateKey=private
    )["CertificateArn"]


def second_opinion():
    """Builds the adapter's side as everything else of the workspace is built, and returns where it is."""
    cargo = shutil.which("cargo")
    assert cargo, "cargo is not installed"
    command = [cargo, "build", "--locked", "--workspace", "--example", "second_opinion", "--message-format", "json"]
    built = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=800, check=True)
    for line in built.stdout.splitlines():
        message = json.loads(line)
        if message.get("target", {}).get("name") == "second_opinion" and message.get("executable"):
            return message["executable"]
    raise AssertionError("cargo built no second_opinion")


def test_the_adapter_reads_and_changes_what_motos_own_client_planted(moto, tmp_path):
    planted = tmp_path / "planted.json"
    planted.write_text(json.dumps(plant(clients(moto))), encoding="utf-8")
    command = [second_opinion(), moto, str(planted)]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stdout
