// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/write/source_modules.h"

#include "dicom/encoding/element_writer.h"
#include "dicom/encoding/source_dataset.h"

namespace spineseg::dicom {
namespace {

// By number: what the dictionary of DCMTK 3.6.7 does not know yet.
const DcmTagKey kPrincipalDiagnosisCodeSequence(0x0008, 0x1301);
const DcmTagKey kPrimaryDiagnosisCodeSequence(0x0008, 0x1302);
const DcmTagKey kSecondaryDiagnosesCodeSequence(0x0008, 0x1303);
const DcmTagKey kHistologicalDiagnosesCodeSequence(0x0008, 0x1304);
const DcmTagKey kPersonNamesToUseSequence(0x0010, 0x0011);
const DcmTagKey kThirdPersonPronounsSequence(0x0010, 0x0014);
const DcmTagKey kGenderIdentitySequence(0x0010, 0x0041);
const DcmTagKey kSexParametersForClinicalUseCategorySequence(0x0010, 0x0043);
const DcmTagKey kEthnicGroupCodeSequence(0x0010, 0x2161);
const DcmTagKey kEthnicGroups(0x0010, 0x2162);
const DcmTagKey kIssuerOfClinicalTrialProtocolID(0x0012, 0x0022);
const DcmTagKey kOtherClinicalTrialProtocolIDsSequence(0x0012, 0x0023);
const DcmTagKey kIssuerOfClinicalTrialSiteID(0x0012, 0x0032);
const DcmTagKey kIssuerOfClinicalTrialSubjectID(0x0012, 0x0041);
const DcmTagKey kIssuerOfClinicalTrialSubjectReadingID(0x0012, 0x0043);
const DcmTagKey kClinicalTrialTimePointTypeCodeSequence(0x0012, 0x0054);
const DcmTagKey kIssuerOfClinicalTrialTimePointID(0x0012, 0x0055);

SourceModule patient() {
    return {"Patient",
            "C.7.1.1",
            {DCM_PatientName, DCM_PatientID, DCM_PatientBirthDate, DCM_PatientSex},
            {DCM_IssuerOfPatientID,
             DCM_TypeOfPatientID,
             DCM_IssuerOfPatientIDQualifiersSequence,
             DCM_PatientBirthDateInAlternativeCalendar,
             DCM_PatientDeathDateInAlternativeCalendar,
             DCM_PatientAlternativeCalendar,
             DCM_ReferencedPatientPhotoSequence,
             DCM_QualityControlSubject,
             DCM_ReferencedPatientSequence,
             DCM_PatientBirthTime,
             DCM_RETIRED_OtherPatientIDs,
             DCM_OtherPatientIDsSequence,
             DCM_OtherPatientNames,
             DCM_EthnicGroup,
             kEthnicGroupCodeSequence,
             kEthnicGroups,
             DCM_PatientComments,
             DCM_PatientSpeciesDescription,
             DCM_PatientSpeciesCodeSequence,
             DCM_PatientBreedDescription,
             DCM_PatientBreedCodeSequence,
             DCM_BreedRegistrationSequence,
             DCM_StrainDescription,
             DCM_StrainNomenclature,
             DCM_StrainCodeSequence,
             DCM_StrainAdditionalInformation,
             DCM_StrainStockSequence,
             DCM_GeneticModificationsSequence,
             DCM_ResponsiblePerson,
             DCM_ResponsiblePersonRole,
             DCM_ResponsibleOrganization,
             DCM_PatientIdentityRemoved,
             DCM_DeidentificationMethod,
             DCM_DeidentificationMethodCodeSequence,
             DCM_SourcePatientGroupIdentificationSequence,
             DCM_GroupOfPatientsIdentificationSequence}};
}

SourceModule clinical_trial_subject() {
    return {
        "Clinical Trial Subject",
        "C.7.1.3",
        {},
        {DCM_ClinicalTrialSponsorName, DCM_ClinicalTrialProtocolID, kIssuerOfClinicalTrialProtocolID,
         kOtherClinicalTrialProtocolIDsSequence, DCM_ClinicalTrialProtocolName, DCM_ClinicalTrialSiteID,
         kIssuerOfClinicalTrialSiteID, DCM_ClinicalTrialSiteName, DCM_ClinicalTrialSubjectID,
         kIssuerOfClinicalTrialSubjectID, DCM_ClinicalTrialSubjectReadingID,
         kIssuerOfClinicalTrialSubjectReadingID, DCM_ClinicalTrialProtocolEthicsCommitteeName,
         DCM_ClinicalTrialProtocolEthicsCommitteeApprovalNumber,
         DCM_EthicsCommitteeApprovalEffectivenessStartDate, DCM_EthicsCommitteeApprovalEffectivenessEndDate}};
}

SourceModule general_study() {
    return {"General Study",
            "C.7.2.1",
            {DCM_StudyDate, DCM_StudyTime, DCM_ReferringPhysicianName, DCM_StudyID, DCM_AccessionNumber},
            {DCM_StudyInstanceUID, DCM_ReferringPhysicianIdentificationSequence, DCM_ConsultingPhysicianName,
             DCM_ConsultingPhysicianIdentificationSequence, DCM_IssuerOfAccessionNumberSequence,
             DCM_StudyDescription, DCM_PhysiciansOfRecord, DCM_PhysiciansOfRecordIdentificationSequence,
             DCM_NameOfPhysiciansReadingStudy, DCM_PhysiciansReadingStudyIdentificationSequence,
             DCM_RequestingService, DCM_RequestingServiceCodeSequence, DCM_ReferencedStudySequence,
             DCM_ProcedureCodeSequence, DCM_ReasonForPerformedProcedureCodeSequence}};
}

SourceModule patient_study() {
    return {"Patient Study",
            "C.7.2.2",
            {},
            {DCM_AdmittingDiagnosesDescription,
             DCM_AdmittingDiagnosesCodeSequence,
             kPrincipalDiagnosisCodeSequence,
             kPrimaryDiagnosisCodeSequence,
             kSecondaryDiagnosesCodeSequence,
             kHistologicalDiagnosesCodeSequence,
             DCM_PatientAge,
             DCM_PatientSize,
             DCM_PatientWeight,
             DCM_PatientBodyMassIndex,
             DCM_MeasuredAPDimension,
             DCM_MeasuredLateralDimension,
             DCM_PatientSizeCodeSequence,
             DCM_MedicalAlerts,
             DCM_Allergies,
             DCM_SmokingStatus,
             DCM_PregnancyStatus,
             DCM_LastMenstrualDate,
             DCM_PatientState,
             DCM_Occupation,
             DCM_AdditionalPatientHistory,
             DCM_AdmissionID,
             DCM_IssuerOfAdmissionIDSequence,
             DCM_ReasonForVisit,
             DCM_ReasonForVisitCodeSequence,
             DCM_ServiceEpisodeID,
             DCM_IssuerOfServiceEpisodeIDSequence,
             DCM_ServiceEpisodeDescription,
             DCM_PatientSexNeutered,
             kGenderIdentitySequence,
             kSexParametersForClinicalUseCategorySequence,
             kPersonNamesToUseSequence,
             kThirdPersonPronounsSequence}};
}

SourceModule clinical_trial_study() {
    return {"Clinical Trial Study",
            "C.7.2.3",
            {},
            {DCM_ClinicalTrialTimePointID, kIssuerOfClinicalTrialTimePointID,
             DCM_ClinicalTrialTimePointDescription, kClinicalTrialTimePointTypeCodeSequence,
             DCM_LongitudinalTemporalOffsetFromEvent, DCM_LongitudinalTemporalEventType,
             DCM_ConsentForClinicalTrialUseSequence}};
}

/// Of the SOP Common module only what the copied texts and times are to be read by.
SourceModule sop_common() {
    return {"SOP Common", "C.12.1", {}, {DCM_SpecificCharacterSet, DCM_TimezoneOffsetFromUTC}};
}

/// Of the General Series module only which request the images were made for.
SourceModule general_series() {
    return {"General Series", "C.7.3.1", {}, {DCM_RequestAttributesSequence}};
}

}  // namespace

const std::vector<SourceModule>& source_modules() {
    static const std::vector<SourceModule> modules{patient(),       clinical_trial_subject(), general_study(),
                                                   patient_study(), clinical_trial_study(),   sop_common(),
                                                   general_series()};
    return modules;
}

void copy_patient_and_study(DcmItem& to, const Series& source) {
    DcmItem& from = source.dataset->dataset();
    for (const auto& module : source_modules()) {
        for (const auto& tag : module.type_2)
            if (!copy_element(to, from, tag)) put(to, tag, "");
        for (const auto& tag : module.if_present) copy_element(to, from, tag);
    }
}

}  // namespace spineseg::dicom
