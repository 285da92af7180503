; Unverified: written from the documentation of NSIS and WinSW; it compiles with makensis, and has run on no Windows yet.
; makensis -DVERSION=0.1.0 -DFROZEN=..\..\build\frozen -DWINSW=path\WinSW-x64.exe installer.nsi
Unicode true
!ifndef VERSION
  !error "name the version: -DVERSION=0.1.0"
!endif
!ifndef FROZEN
  !error "name the folder of the frozen programs: -DFROZEN=..\..\build\frozen"
!endif
!ifndef WINSW
  !error "name the service wrapper, checked by its hash: -DWINSW=WinSW-x64.exe"
!endif
!include MUI2.nsh

Name "StatusApp"
OutFile "StatusApp-${VERSION}-setup.exe"
InstallDir "$PROGRAMFILES64\StatusApp"
RequestExecutionLevel admin
SetCompressor /SOLID lzma

!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\StatusApp"

Section "StatusApp"
  SetRegView 64
  ; An upgrade: the service lets its files go, and its state stays where it is.
  IfFileExists "$INSTDIR\service\statusapp-agent.exe" 0 +2
    nsExec::ExecToLog '"$INSTDIR\service\statusapp-agent.exe" stop --no-elevate'
  SetOutPath "$INSTDIR\agent"
  File /r "${FROZEN}\statusapp\*.*"
!ifdef DESKTOP
  SetOutPath "$INSTDIR\desktop"
  File /r "${FROZEN}\statusapp-desktop\*.*"
  SetShellVarContext all
  CreateShortcut "$SMPROGRAMS\StatusApp.lnk" "$INSTDIR\desktop\statusapp-desktop.exe"
  WriteRegStr HKLM "Software\Microsoft\Windows\CurrentVersion\Run" "StatusApp" '"$INSTDIR\desktop\statusapp-desktop.exe"'
!endif
  SetOutPath "$INSTDIR\service"
  File "/oname=statusapp-agent.exe" "${WINSW}"
  File "/oname=statusapp-agent.xml" "service.xml"
  nsExec::ExecToLog '"$INSTDIR\service\statusapp-agent.exe" install --no-elevate'
  nsExec::ExecToLog '"$INSTDIR\service\statusapp-agent.exe" start --no-elevate'
  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKLM "${UNINSTALL}" "DisplayName" "StatusApp"
  WriteRegStr HKLM "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKLM "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
SectionEnd

Section "Uninstall"
  SetRegView 64
  nsExec::ExecToLog '"$INSTDIR\service\statusapp-agent.exe" stop --no-elevate'
  nsExec::ExecToLog '"$INSTDIR\service\statusapp-agent.exe" uninstall --no-elevate'
  SetShellVarContext all
  Delete "$SMPROGRAMS\StatusApp.lnk"
  DeleteRegValue HKLM "Software\Microsoft\Windows\CurrentVersion\Run" "StatusApp"
  DeleteRegKey HKLM "${UNINSTALL}"
  ; The state is in ProgramData and stays; whoever wants it gone deletes that folder.
  RMDir /r "$INSTDIR\agent"
  RMDir /r "$INSTDIR\desktop"
  RMDir /r "$INSTDIR\service"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
SectionEnd
