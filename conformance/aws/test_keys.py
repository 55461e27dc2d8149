"""Encryption keys: where they stand, who is shown them, and what their end does to what stands under them."""

import datetime

import pytest
from calls import BY_ID, KEY, SPARE_KEY, client, key_state, refusal, staying_key

ARN = f"arn:aws:kms:us-east-1:111122223333:key/{KEY}"


@pytest.mark.action("DescribeKey", "served")
def test_a_key_is_known_by_its_id_and_by_its_arn(sim):
    kms = client(sim, "kms")
    for name in (KEY, ARN):
        key = kms.describe_key(KeyId=name)["KeyMetadata"]
        assert (key["KeyId"], key["Arn"], key["KeyState"], key["Enabled"]) == (KEY, ARN, "Enabled", True)
        assert key["AWSAccountId"] == "111122223333" and "DeletionDate" not in key


@pytest.mark.action("DescribeKey", "refused")
def test_a_key_that_is_not_there_is_missed_and_one_of_another_account_is_denied(sim):
    call, kms = BY_ID["kms:DescribeKey"], client(sim, "kms")
    assert refusal(call, kms, KeyId="0f0e0d0c-0000-4000-8000-0000000000ff")[:2] == ("NotFoundException", 400)
    assert refusal(call, kms, KeyId="alias/nobody")[:2] == ("NotFoundException", 400)
    assert refusal(call, kms, KeyId=ARN.replace("us-east-1", "eu-west-1"))[:2] == ("NotFoundException", 400)
    assert refusal(call, kms, KeyId="arn:aws:kms:us-east-1")[:2] == ("InvalidArnException", 400)
    code, status, text = refusal(call, kms, KeyId=ARN.replace("111122223333", "444455556666"))
    assert (code, status) == ("AccessDeniedException", 400) and "no resource-based policy allows" in text


@pytest.mark.changes
@pytest.mark.action("DescribeKey", "served")
@pytest.mark.action("DisableKey", "served")
@pytest.mark.action("EnableKey", "served")
@pytest.mark.action("ScheduleKeyDeletion", "served")
@pytest.mark.action("ScheduleKeyDeletion", "refused")
@pytest.mark.action("CancelKeyDeletion", "served")
@pytest.mark.action("CancelKeyDeletion", "refused")
@pytest.mark.action("EnableKey", "refused")
def test_a_key_is_switched_and_its_end_is_announced_and_taken_back(sim):
    kms, key = client(sim, "kms"), staying_key(sim)
    kms.enable_key(**key)
    assert key_state(sim) == "Enabled"
    kms.disable_key(**key)
    assert key_state(sim) == "Disabled"
    end = kms.schedule_key_deletion(**key, PendingWindowInDays=7)
    assert (end["KeyState"], end["PendingWindowInDays"]) == ("PendingDeletion", 7) and end["KeyId"].endswith(f"key/{SPARE_KEY}")
    told = kms.describe_key(**key)["KeyMetadata"]
    assert told["DeletionDate"] == end["DeletionDate"] and isinstance(told["DeletionDate"], datetime.datetime)
    for action in ("EnableKey", "ScheduleKeyDeletion"):
        assert refusal(BY_ID[f"kms:{action}"].on_this(key), kms)[:2] == ("KMSInvalidStateException", 400)
    assert refusal(BY_ID["kms:ScheduleKeyDeletion"].on_this(key), kms, PendingWindowInDays=31)[0] in ("ValidationException", "KMSInvalidStateException")
    kms.cancel_key_deletion(**key)
    assert key_state(sim) == "Disabled"
    assert refusal(BY_ID["kms:CancelKeyDeletion"].on_this(key), kms)[:2] == ("KMSInvalidStateException", 400)


@pytest.mark.changes
@pytest.mark.action("DescribeKey", "served")
@pytest.mark.action("CreateVolume", "refused")
def test_nothing_is_made_under_a_key_that_is_switched_off(sim):
    kms, key = client(sim, "kms"), staying_key(sim)
    kms.disable_key(**key)
    refused = refusal(BY_ID["ec2:CreateVolume"], client(sim, "ec2"), Encrypted=True, KmsKeyId=SPARE_KEY)
    assert refused[0] == "InvalidKMSKey.InvalidState"
    kms.enable_key(**key)
    made = BY_ID["ec2:CreateVolume"](client(sim, "ec2"), Encrypted=True, KmsKeyId=SPARE_KEY)
    assert made["Encrypted"] and key_state(sim) == "Enabled"
