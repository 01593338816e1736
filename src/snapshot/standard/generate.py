#!/usr/bin/env python3
"""Writes fields.txt, the table of standard objects and fields, from a folder of schema files.

    python3 src/snapshot/standard/generate.py SCHEMA_FOLDER

SCHEMA_FOLDER holds two files:

rest.json       {"source": ..., "objects": {OBJECT: {FIELD: {"type", "length", "properties", "referenceTo",
                "relationshipName", "onlyInFieldReference"}}}}, taken from a describe of the partner API and from
                the Field Reference and Object Reference ("properties": Create, Update, Nillable, Defaulted on
                create, Restricted picklist, Autonumber)
fls-keys.json   {"source": ..., "objects": {OBJECT: ...}, "fields": {OBJECT: {"OBJECT.FIELD": [REPOSITORIES,
                SEEN_EDITABLE]}}}, the standard objects and fields that occur in the objectPermissions and
                fieldPermissions of public profile and permission set files

Rule of the file: say nothing where the sources do not prove it. The lists below are the corrections that the
sources need, each with its reason. The output is sorted, so that a new run shows what changed.
"""

import json
import pathlib
import sys

# The business objects that a CRM sync can meet. Object names that neither file knows are an error.
OBJECTS = """
Account AccountContactRelation AccountContactRole AccountPartner AccountTeamMember ActionPlan Asset AssetRelationship
Attachment AuthorizationForm AuthorizationFormConsent AuthorizationFormText BusinessBrand Campaign CampaignInfluence
CampaignMember CampaignMemberStatus Case CaseComment CaseContactRole CaseSolution CaseTeamMember ChangeRequest
CommSubscription CommSubscriptionConsent CommSubscriptionTiming Contact ContactPointAddress ContactPointConsent
ContactPointEmail ContactPointPhone ContactPointTypeConsent ContentDocument ContentDocumentLink ContentNote
ContentVersion Contract ContractContactRole ContractLineItem CreditMemo CreditMemoLine Customer DataUseLegalBasis
DataUsePurpose DelegatedAccount Document EmailMessage EmailMessageRelation EngagementChannelType Entitlement Event
EventRelation Idea Incident Individual Invoice InvoiceLine Lead ListEmail LiveAgentSession LiveChatTranscript Location
MessagingEndUser MessagingSession Note Opportunity OpportunityCompetitor OpportunityContactRole OpportunityLineItem
OpportunityLineItemSchedule OpportunityPartner OpportunitySplit OpportunityTeamMember Order OrderItem Partner
PartnerFundAllocation PartnerFundClaim PartnerFundRequest PartnerMarketingBudget PartyConsent Pricebook2
PricebookEntry Problem Product2 Quote QuoteDocument QuoteLineItem Seller ServiceAppointment ServiceContract
ServiceResource ServiceTerritory ServiceTerritoryMember Shift SocialPersona SocialPost Solution Task TaskRelation
UnitOfMeasure User WorkOrder WorkOrderLineItem WorkType
""".split()

# Kept by the platform on every object (Object Reference, "System Fields" and "Frequently Occurring Fields"). They
# follow the object permission (FieldPermissions, "always readable") and nobody updates them. Same list in mod.rs.
SYSTEM = {
    "Id", "CreatedById", "CreatedDate", "LastModifiedById", "LastModifiedDate", "SystemModstamp", "IsDeleted",
    "LastActivityDate", "LastReferencedDate", "LastViewedDate",
}

# Never governed, whatever the object (Object Reference, FieldPermissions; no public file lists one).
NEVER_GOVERNED = SYSTEM | {"OwnerId", "RecordTypeId", "CurrencyIsoCode"}

# Names of records and required fields that field-level security does not govern although the sources do not mark
# them as required: they have a default, are part of a name, or may be empty in special cases. None is listed in any
# public profile or permission set file, whereas their neighbours are.
NOT_GOVERNED = {
    "Campaign": ["Name"],
    "Case": ["CaseNumber", "Status"],
    "Contact": ["FirstName", "LastName", "Name", "Salutation"],
    "Contract": ["ContractNumber"],
    "Event": ["EndDateTime", "StartDateTime", "Subject"],
    "Individual": ["FirstName", "LastName", "Name", "Salutation"],
    "Lead": ["Company", "FirstName", "LastName", "Name", "Salutation", "Status"],
    "Opportunity": ["ForecastCategory", "ForecastCategoryName"],
    "OpportunityLineItem": ["Name"],
    "Order": ["OrderNumber"],
    "OrderItem": ["OrderItemNumber"],
    "Quote": ["Name"],
    "QuoteLineItem": ["LineNumber"],
    "Task": ["Priority", "Status", "Subject"],
    "WorkOrder": ["WorkOrderNumber"],
}

# Objects none of whose standard fields has field-level security: no public file lists one of them.
NO_FIELD_SECURITY = {"Attachment", "CampaignMember", "Note", "OpportunityContactRole", "PricebookEntry"}

# References list these objects' properties only in part: writable fields lack Create and Update (Campaign.Type,
# Quote.Description). There a missing property proves nothing.
PROPERTIES_INCOMPLETE = {
    "AccountTeamMember", "Campaign", "CampaignMemberStatus", "ContentDocument", "ContentNote", "Entitlement",
    "Invoice", "InvoiceLine", "OpportunitySplit", "OpportunityTeamMember", "Quote", "QuoteDocument",
    "ServiceContract", "WorkOrder", "WorkOrderLineItem",
}

# The same for single fields, of every object and of one.
PROPERTIES_INCOMPLETE_FIELDS = {"OwnerId", "RecordTypeId", "CurrencyIsoCode", "Division"}
PROPERTIES_INCOMPLETE_ON = {
    ("ContentVersion", "ContentModifiedById"),
    ("EmailMessage", "IsExternallyVisible"),
}

# Totals that Salesforce calculates (Object Reference: "read-only"). Public files show some of them as editable, which
# Salesforce ignores, or their object's properties are listed in part only.
CALCULATED = {
    "Campaign": [
        "AmountAllOpportunities", "AmountWonOpportunities", "HierarchyActualCost",
        "HierarchyAmountAllOpportunities", "HierarchyAmountWonOpportunities", "HierarchyBudgetedCost",
        "HierarchyExpectedRevenue", "HierarchyNumberOfContacts", "HierarchyNumberOfConvertedLeads",
        "HierarchyNumberOfLeads", "HierarchyNumberOfOpportunities", "HierarchyNumberOfResponses",
        "HierarchyNumberOfWonOpportunities", "HierarchyNumberSent", "NumberOfContacts", "NumberOfConvertedLeads",
        "NumberOfLeads", "NumberOfOpportunities", "NumberOfResponses", "NumberOfWonOpportunities",
    ],
    "Opportunity": ["ExpectedRevenue"],
    "Quote": ["GrandTotal", "LineItemCount", "QuoteNumber", "Subtotal", "TotalPrice"],
    "WorkOrder": ["GrandTotal", "LineItemCount", "Subtotal", "TotalPrice"],
}

# A record needs them (Object Reference: "Required"), although the properties say nillable or say too little.
# A lead without a company becomes a person account, where the org has those.
REQUIRED = {("Campaign", "Name"), ("Lead", "Company")}

# The properties lack Nillable, but records are created without them: filled by Salesforce, an alternative to another
# field, or only with a feature.
NOT_REQUIRED = {
    ("Case", "BusinessHoursId"),
    ("ContentVersion", "ContentDocumentId"),
    ("ContentVersion", "Title"),
    ("EmailMessage", "Status"),
    ("OrderItem", "QuoteLineItemId"),
    ("PricebookEntry", "ProductSellingModelId"),
    ("QuoteLineItem", "Product2Id"),
    ("User", "CommunityNickname"),
}

# The compound name of a person, which is written through its parts.
PERSON_NAME = {("Contact", "Name"), ("Individual", "Name"), ("Lead", "Name"), ("User", "Name")}

ADDRESS_PARTS = (
    "Street", "City", "State", "PostalCode", "Country", "StateCode", "CountryCode", "Latitude", "Longitude",
    "GeocodeAccuracy",
)

# Fields that come with a feature: multi-currency, divisions, state and country picklists, Data.com, person accounts …
OPTIONAL = {
    "CleanStatus", "CompanyDunsNumber", "CurrencyIsoCode", "DandbCompanyId", "Division", "DunsNumber",
    "GenderIdentity", "IsCustomerPortal", "IsPartner", "IsPersonAccount", "IsPriorityRecord", "IsSplit",
    "NaicsCode", "NaicsDesc", "Pronouns", "RecordTypeId", "Territory2Id", "IsExcludedFromTerritory2Filter",
    "Tradestyle", "YearStarted", "ChannelProgramLevelName", "ChannelProgramName",
}
PERSON_ACCOUNT = {"FirstName", "LastName", "Salutation"}


def is_skipped(name, fact):
    """Whether it is a custom field of a sample org, or a list of ids and not a field."""
    return "__" in name or fact.get("type") == "junctionIdList"


def properties(fact):
    """The facts of the documented properties: a set of C, U, N, D, R, A; None where there are none."""
    listed = fact.get("properties")
    if listed is None or {"Query", "Retrieve"} & set(listed):
        return None
    found = set()
    for text in listed:
        if text.lower().startswith("defaulted on create"):
            found.add("D")
        elif "users assigned the Set Audit Fields" in text:
            return None
        else:
            # Two properties run together in places: "SortUpdate".
            found.update(letter for letter, word in (("C", "Create"), ("U", "Update")) if word in text)
            exact = {"Nillable": "N", "Restricted picklist": "R", "Autonumber": "A"}.get(text)
            found.update([exact] if exact else [])
    return found


def compound_of(name, fields):
    for part in ADDRESS_PARTS:
        if name.endswith(part) and (len(name) == len(part) or name[len(name) - len(part) - 1].islower()):
            compound = name[: -len(part)] + "Address"
            if fields.get(compound, {}).get("type") == "address":
                return compound
            if part in ("Latitude", "Longitude"):
                compound = name[: -len(part)] or "Location"
                if fields.get(compound, {}).get("type") == "location":
                    return compound
    return None


def field_type(object_name, name, fact, known):
    if (object_name, name) in PERSON_NAME:
        return "name"
    if known and "A" in known:
        return "autonumber"
    kind = fact.get("type", "?")
    if kind == "string" and known is None and "length" not in fact:
        return "?"  # the describe that gave it cannot tell a string from a picklist or an address of a web page
    if kind in ("int", "long"):
        return "int"
    return kind


def line(object_name, name, fact, fields, fls, chosen):
    known = properties(fact)
    kind = field_type(object_name, name, fact, known)
    compound = compound_of(name, fields)
    incomplete = (
        object_name in PROPERTIES_INCOMPLETE
        or name in PROPERTIES_INCOMPLETE_FIELDS
        or name.endswith("GeocodeAccuracy")
        or (object_name, name) in PROPERTIES_INCOMPLETE_ON
        or fls.get(name, [0, False])[1]
    )
    create = update = nillable = defaulted = None
    if known is not None:
        create, update = "C" in known, "U" in known
        if not create and not update and incomplete:
            create = update = None
        nillable, defaulted = "N" in known, "D" in known
        if kind == "boolean":
            nillable = False
        if (object_name, name) in NOT_REQUIRED:
            nillable = None
    if name in SYSTEM or kind in ("name", "autonumber"):
        create = update = False
    if kind in ("address", "location"):
        # The API takes the parts only, but permission sets grant edit on the whole, and a sync that maps the whole
        # may write the parts.
        create = update = None
    if name in CALCULATED.get(object_name, []):
        create = update = False
    if (object_name, name) in REQUIRED:
        create, update, nillable, defaulted = True, True, False, False

    required = create and nillable is False and defaulted is False and kind not in ("boolean", "autonumber")
    if name in fls or compound in fls:
        governed = "G"
    elif (
        name in NEVER_GOVERNED
        or required
        or name in NOT_GOVERNED.get(object_name, [])
        or (object_name in NO_FIELD_SECURITY and not fact.get("onlyInFieldReference"))
    ):
        governed = "g"
    else:
        governed = ""
    # The describe is of an org with many features: a column that no reference documents may come with one of them.
    undocumented = fact.get("properties") is None
    optional = (
        bool(fact.get("onlyInFieldReference"))
        or (undocumented and name not in SYSTEM | {"OwnerId", "Name"} and fls.get(name, [0, False])[0] < 5)
        or name in OPTIONAL
        or name.endswith(("CountryCode", "StateCode"))
        or (object_name == "Account" and (name.startswith("Person") or name in PERSON_ACCOUNT))
    )

    flags = ""
    for letter, value in (("C", create), ("U", update), ("N", nillable), ("D", defaulted)):
        flags += "" if value is None else letter if value else letter.lower()
    flags += governed + ("R" if known and "R" in known else "") + ("O" if optional else "")
    words = [name, kind, flags or "-"]
    if fact.get("length") and kind in ("email", "phone", "string", "textarea", "url"):
        words.append(f"len={fact['length']}")
    if compound:
        words.append(f"part={compound}")
    if fact.get("relationshipName"):
        words.append(f"rel={fact['relationshipName']}")
    # Of the hundred targets of Task.WhatId only those in the table.
    targets = fact.get("referenceTo", [])
    if len(targets) > 1:
        targets = [target for target in targets if target in chosen or target == "Group"]
    if targets:
        words.append("to=" + ",".join(sorted(targets)))
    return " ".join(words)


HEADER = """\
# Standard objects of Salesforce and their standard fields. Written by generate.py; do not edit by hand.
#
#   python3 src/snapshot/standard/generate.py SCHEMA_FOLDER
#
# [OBJECT]    a section; P after it: public profiles and permission sets list object permissions for the object
# FIELD TYPE FLAGS [len=LENGTH] [part=COMPOUND_FIELD] [rel=RELATIONSHIP] [to=OBJECT,OBJECT]
# TYPE        as describe names it; autonumber and name (of a person) besides; ? where the sources do not tell
# FLAGS       a capital is yes, a small letter no, absence not known:
#             C creatable, U updatable, N nillable, D defaulted on create, G governed by field-level security;
#             R restricted picklist, O only in orgs with some feature or edition (capitals only); - for none
#
# Sources:
"""


def sources(rest, fls):
    for entry in (rest["primary"], rest["overlay"]):
        yield f"github.com/{entry['repo']} at {entry['commit'][:12]}, {entry['path']} (API {entry['apiVersion'][:20]})"
    yield "profile and permission set files (governed fields, object permissions) of:"
    for repository, (files, commit) in sorted(fls["repos"].items()):
        yield f"  github.com/{repository} at {commit[:12]} ({files} files)"


def main(folder):
    rest = json.loads((folder / "rest.json").read_text(encoding="utf-8"))
    fls = json.loads((folder / "fls-keys.json").read_text(encoding="utf-8"))
    rest["source"]["overlay"]["apiVersion"] = "66.0"
    chosen = set(OBJECTS)
    out = [HEADER.rstrip("\n")]
    out += [f"#   {text}" for text in sources(rest["source"], fls["source"])]
    for object_name in sorted(OBJECTS, key=str.lower):
        keys = {key.split(".", 1)[1]: seen for key, seen in fls["fields"].get(object_name, {}).items()}
        fields = {
            name: fact
            for name, fact in rest["objects"].get(object_name, {}).items()
            if not is_skipped(name, fact)
        }
        if not fields and not keys:
            sys.exit(f"{object_name} is in neither file of {folder}")
        for name in keys:
            fields.setdefault(name, {"onlyInFieldReference": True})
        out.append("")
        out.append(f"[{object_name}]" + (" P" if object_name in fls["objects"] else ""))
        for name in sorted(fields, key=str.lower):
            out.append(line(object_name, name, fields[name], fields, keys, chosen))
    target = pathlib.Path(__file__).with_name("fields.txt")
    target.write_text("\n".join(out) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
